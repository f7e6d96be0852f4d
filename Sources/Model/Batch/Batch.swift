/// A batch: what one call of CreateAll started.
public struct Batch: Sendable, Hashable {
    /// Identifies it.
    public var id: BatchID
    /// The project it packages.
    public var project: ProjectID
    /// What was asked for besides.
    public var options: BatchOptions
    /// What is built: a JSON document; nil until a claim froze it.
    public var finalPlan: String?
    /// When it was made.
    public var createdAt: Instant

    /// A batch with these values.
    public init(id: BatchID, project: ProjectID, options: BatchOptions, finalPlan: String?, createdAt: Instant) {
        self.id = id
        self.project = project
        self.options = options
        self.finalPlan = finalPlan
        self.createdAt = createdAt
    }
}
