/// A batch: what one call of CreateAll started.
package struct Batch: Sendable, Hashable {
    /// Identifies it.
    package var id: BatchID
    /// The project it packages.
    package var project: ProjectID
    /// Additional wishes of the request.
    package var options: BatchOptions
    /// The plan of the packages as a JSON document; nil until a claim froze it.
    package var finalPlan: String?
    /// When it was made.
    package var createdAt: Instant

    /// A batch with these values.
    package init(id: BatchID, project: ProjectID, options: BatchOptions, finalPlan: String?, createdAt: Instant) {
        self.id = id
        self.project = project
        self.options = options
        self.finalPlan = finalPlan
        self.createdAt = createdAt
    }
}
