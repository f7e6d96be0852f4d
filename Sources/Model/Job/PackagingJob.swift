/// A job: the making of one package of a book for a platform.
public struct PackagingJob: Sendable, Hashable {
    /// Identifies it.
    public var id: JobID
    /// The project it packages.
    public var project: ProjectID
    /// The batch it was started in.
    public var batch: BatchID
    /// The platform it packages for.
    public var platform: Platform
    /// Where it stands.
    public var status: JobStatus
    /// 0 to 100.
    public var progressPercent: Int
    /// What is being done, in words; empty when nothing is.
    public var currentStep: String
    /// Why it failed, or why its last attempt did.
    public var errorMessage: String?
    /// The package; nil until there is one, and after it was deleted.
    public var package: PackageID?
    /// How often a daemon began to work on it. Attempts that a daemon gave back do not count.
    public var attempt: Int
    /// The last attempt; nil while the job is queued.
    public var epoch: Epoch?
    /// Whether somebody asked to stop it.
    public var isCancelRequested: Bool
    /// Hash of all that determines the package's bytes; nil until the plan is frozen.
    public var recipe: Digest?
    /// When it was made.
    public var createdAt: Instant
    /// When a daemon first began to work on it.
    public var startedAt: Instant?
    /// When it ended.
    public var completedAt: Instant?
    /// When it may be done.
    public var estimatedCompletionAt: Instant?
    /// The number of its last event.
    public var lastSequence: Int64

    /// A job with these values.
    public init(
        id: JobID,
        project: ProjectID,
        batch: BatchID,
        platform: Platform,
        status: JobStatus,
        progressPercent: Int,
        currentStep: String,
        errorMessage: String?,
        package: PackageID?,
        attempt: Int,
        epoch: Epoch?,
        isCancelRequested: Bool,
        recipe: Digest?,
        createdAt: Instant,
        startedAt: Instant?,
        completedAt: Instant?,
        estimatedCompletionAt: Instant?,
        lastSequence: Int64
    ) {
        self.id = id
        self.project = project
        self.batch = batch
        self.platform = platform
        self.status = status
        self.progressPercent = progressPercent
        self.currentStep = currentStep
        self.errorMessage = errorMessage
        self.package = package
        self.attempt = attempt
        self.epoch = epoch
        self.isCancelRequested = isCancelRequested
        self.recipe = recipe
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.estimatedCompletionAt = estimatedCompletionAt
        self.lastSequence = lastSequence
    }
}
