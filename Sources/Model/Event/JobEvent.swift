/// One step of a job's story.
public struct JobEvent: Sendable, Hashable {
    /// Numbered from 1, without gaps, per project.
    public var sequence: Int64
    /// The project.
    public var project: ProjectID
    /// The job.
    public var job: JobID
    /// The job's batch.
    public var batch: BatchID
    /// The job's platform.
    public var platform: Platform
    /// Where the job stands since.
    public var status: JobStatus
    /// 0 to 100.
    public var progressPercent: Int
    /// What is being done, in words.
    public var currentStep: String
    /// Why the job failed, or why its last attempt did.
    public var errorMessage: String?
    /// The package, with ``JobStatus/completed``.
    public var package: PackageID?
    /// When it happened.
    public var at: Instant
    /// When the job may be done.
    public var estimatedCompletionAt: Instant?
    /// How many attempts had begun.
    public var attempt: Int

    /// An event with these values.
    public init(
        sequence: Int64,
        project: ProjectID,
        job: JobID,
        batch: BatchID,
        platform: Platform,
        status: JobStatus,
        progressPercent: Int,
        currentStep: String,
        errorMessage: String?,
        package: PackageID?,
        at: Instant,
        estimatedCompletionAt: Instant?,
        attempt: Int
    ) {
        self.sequence = sequence
        self.project = project
        self.job = job
        self.batch = batch
        self.platform = platform
        self.status = status
        self.progressPercent = progressPercent
        self.currentStep = currentStep
        self.errorMessage = errorMessage
        self.package = package
        self.at = at
        self.estimatedCompletionAt = estimatedCompletionAt
        self.attempt = attempt
    }
}
