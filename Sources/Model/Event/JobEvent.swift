/// One event in a job's history, or in place of events that were removed the job's present state.
package struct JobEvent: Sendable, Hashable {
    /// Numbered from 1, without gaps, per project.
    package var sequence: Int64
    /// The project.
    package var project: ProjectID
    /// The job.
    package var job: JobID
    /// The job's batch.
    package var batch: BatchID
    /// The job's platform.
    package var platform: Platform
    /// The job's status since this event.
    package var status: JobStatus
    /// 0 to 100.
    package var progressPercent: Int
    /// The current step, in words.
    package var currentStep: String
    /// Why the job failed, or why its last attempt did.
    package var errorMessage: String?
    /// A constant word for that, in UPPER_SNAKE_CASE; nil where there is none.
    package var errorReason: String?
    /// The package, with ``JobStatus/completed``.
    package var package: PackageID?
    /// When it happened.
    package var at: Instant
    /// When the job may be done.
    package var estimatedCompletionAt: Instant?
    /// How many attempts had begun.
    package var attempt: Int
    /// Whether this is no event but the job's present state, because events up to here were removed. The sequence is
    /// then that of the job's last event.
    package var isCompacted: Bool

    /// An event with these values.
    package init(
        sequence: Int64,
        project: ProjectID,
        job: JobID,
        batch: BatchID,
        platform: Platform,
        status: JobStatus,
        progressPercent: Int,
        currentStep: String,
        errorMessage: String?,
        errorReason: String?,
        package: PackageID?,
        at: Instant,
        estimatedCompletionAt: Instant?,
        attempt: Int,
        isCompacted: Bool = false
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
        self.errorReason = errorReason
        self.package = package
        self.at = at
        self.estimatedCompletionAt = estimatedCompletionAt
        self.attempt = attempt
        self.isCompacted = isCompacted
    }
}
