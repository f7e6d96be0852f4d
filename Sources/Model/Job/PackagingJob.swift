/// A job: it makes one package of a book for a platform.
package struct PackagingJob: Sendable, Hashable {
    /// Identifies it.
    package var id: JobID
    /// The project it packages.
    package var project: ProjectID
    /// The batch it was started in.
    package var batch: BatchID
    /// The platform it packages for.
    package var platform: Platform
    /// Its status.
    package var status: JobStatus
    /// 0 to 100.
    package var progressPercent: Int
    /// The current step, in words, or for a queued job what it waits for; empty if there is nothing to say.
    package var currentStep: String
    /// Why it failed, or why its last attempt did.
    package var errorMessage: String?
    /// A constant word for that, in UPPER_SNAKE_CASE; nil where there is none.
    package var errorReason: String?
    /// The package; nil until there is one, and after it was deleted.
    package var package: PackageID?
    /// How often a daemon began to work on it. Attempts that a daemon returned do not count.
    package var attempt: Int
    /// The last attempt; nil if none has begun since the job was queued.
    package var epoch: Epoch?
    /// Whether a user asked to stop it.
    package var isCancelRequested: Bool
    /// Hash of everything that determines the package's bytes; nil until the plan is frozen, or an equal package is found.
    package var recipe: Digest?
    /// When it was made.
    package var createdAt: Instant
    /// When a daemon first began to work on it.
    package var startedAt: Instant?
    /// When it ended.
    package var completedAt: Instant?
    /// When it may be done.
    package var estimatedCompletionAt: Instant?
    /// The number of its last event.
    package var lastSequence: Int64
    /// Who started it; empty where nobody was recorded.
    package var createdBy: String

    /// A job with these values.
    package init(
        id: JobID,
        project: ProjectID,
        batch: BatchID,
        platform: Platform,
        status: JobStatus,
        progressPercent: Int,
        currentStep: String,
        errorMessage: String?,
        errorReason: String?,
        package: PackageID?,
        attempt: Int,
        epoch: Epoch?,
        isCancelRequested: Bool,
        recipe: Digest?,
        createdAt: Instant,
        startedAt: Instant?,
        completedAt: Instant?,
        estimatedCompletionAt: Instant?,
        lastSequence: Int64,
        createdBy: String
    ) {
        self.id = id
        self.project = project
        self.batch = batch
        self.platform = platform
        self.status = status
        self.progressPercent = progressPercent
        self.currentStep = currentStep
        self.errorMessage = errorMessage
        self.errorReason = errorReason
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
        self.createdBy = createdBy
    }
}
