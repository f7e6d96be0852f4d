public import Model

/// One step of the schema, by number and name.
public struct SchemaStep: Sendable, Hashable, CustomStringConvertible {
    /// Its number; steps are applied in the order of theirs.
    public var version: Int
    /// A word or two.
    public var name: String

    /// Such as `4 "jobs"`.
    public var description: String { "\(version) \"\(name)\"" }
}

/// What a database has of the schema of this program, and what it lacks.
public struct SchemaState: Sendable, Hashable {
    /// A step that the database has.
    public struct Applied: Sendable, Hashable {
        /// The step.
        public var step: SchemaStep
        /// When it was applied, by the database's clock.
        public var at: Instant
    }

    /// The steps the database has, in order; those of ``unknown`` among them.
    public var applied: [Applied] = []
    /// The steps of this program that the database lacks, in order.
    public var pending: [SchemaStep]
    /// Steps that this program does not know: a newer release made them.
    public var unknown: [SchemaStep] = []
    /// Steps whose text is not the one of this program.
    public var changed: [SchemaStep] = []

    /// Makes sure that this program fits the database.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` and reason `DATABASE_NEWER`, `MIGRATION_CHANGED` or
    ///   `DATABASE_BEHIND`.
    public func check() throws(PackagingError) {
        try checkKnown()
        guard !pending.isEmpty else { return }
        let steps = pending.map(\.description).joined(separator: ", ")
        throw .databaseBehind("the database lacks \(pending.count == 1 ? "migration" : "migrations") \(steps)")
    }

    /// Makes sure that the database has nothing this program does not know.
    ///
    /// - Throws: As ``check()``, but not for what the database lacks.
    public func checkKnown() throws(PackagingError) {
        if let step = unknown.first { throw .databaseNewer(step) }
        guard let step = changed.first else { return }
        throw PackagingError(
            .failedPrecondition,
            "migration \(step) of the database is not the one of this program",
            reason: "MIGRATION_CHANGED"
        )
    }
}

extension PackagingError {
    /// A newer release has migrated the database.
    static func databaseNewer(_ step: SchemaStep) -> Self {
        Self(
            .failedPrecondition,
            "the database is newer than this program: it has migration \(step)",
            reason: "DATABASE_NEWER",
            hint: "Start the release that made it, or a later one."
        )
    }

    /// The database was not brought to the schema of this program.
    static func databaseBehind(_ message: String) -> Self {
        Self(
            .failedPrecondition,
            message,
            reason: "DATABASE_BEHIND",
            hint: "Run \"packagingd migrate --database-url URL\" as the role that owns the schema."
        )
    }
}
