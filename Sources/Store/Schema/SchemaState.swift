package import Model

/// One step of the schema, by number and name.
package struct SchemaStep: Sendable, Hashable, CustomStringConvertible {
    /// The step's number. Steps are applied in the order of their numbers.
    package var version: Int
    /// The step's name: a word or two.
    package var name: String

    /// Such as `4 "jobs"`.
    package var description: String { "\(version) \"\(name)\"" }
}

/// A change that one function of the database needs.
package struct FunctionChange: Sendable, Hashable {
    /// The kinds of change.
    package enum Kind: String, Sendable, Hashable {
        /// The database lacks it.
        case create
        /// The database has another text of it.
        case replace
        /// The database has it, and this program does not.
        case drop
    }

    /// The function's name, without its schema.
    package var name: String
    /// The kind of the change.
    package var kind: Kind
}

/// What a database has of the schema of this program, and what it lacks.
package struct SchemaState: Sendable, Hashable {
    /// A step that the database has.
    package struct Applied: Sendable, Hashable {
        /// The step.
        package var step: SchemaStep
        /// When it was applied, by the database's clock.
        package var at: Instant
    }

    /// A function that a newer release has applied, and that differs from the one of this program.
    package struct NewerFunction: Sendable, Hashable {
        /// The function's name.
        package var name: String
        /// The release.
        package var release: String
    }

    /// The steps that the database has, in order, including those of ``unknown``.
    package var applied: [Applied] = []
    /// The steps of this program that the database lacks, in order.
    package var pending: [SchemaStep]
    /// The changes that functions need, in the order of their names.
    package var functions: [FunctionChange]
    /// Whether the database has the schema of commit 89512b2. Its recorded steps are then replaced by those of the
    /// baseline, whose tables it has.
    package var isEarlierSchema = false
    /// Steps from before the baseline that the database has. It cannot be upgraded if there are any.
    package var tooOld: [SchemaStep] = []
    /// Steps that this program does not know, because a newer release made them.
    package var unknown: [SchemaStep] = []
    /// Steps whose text differs from the one of this program.
    package var changed: [SchemaStep] = []
    /// Functions that a newer release has applied.
    package var newerFunctions: [NewerFunction] = []

    /// Checks that this program fits the database.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` and reason `DATABASE_NEWER`, `DATABASE_TOO_OLD`,
    ///   `MIGRATION_CHANGED` or `DATABASE_BEHIND`.
    package func check() throws(PackagingError) {
        try checkKnown()
        guard pending.isEmpty else {
            let steps = pending.map(\.description).joined(separator: ", ")
            throw .databaseBehind("the database lacks \(pending.count == 1 ? "migration" : "migrations") \(steps)")
        }
        guard let function = functions.first else { return }
        let others = functions.count == 1 ? "" : ", and \(functions.count - 1) more"
        throw .databaseBehind(
            "the functions of the database are not those of this program: "
                + "\(function.kind) \"\(function.name)\"\(others)"
        )
    }

    /// Checks that the database can be upgraded to the schema of this program: it contains nothing newer, and nothing
    /// that this program cannot upgrade.
    ///
    /// - Throws: The same errors as ``check()``, but none for parts that the database lacks.
    package func checkKnown() throws(PackagingError) {
        if let step = unknown.first { throw .databaseNewer("it has migration \(step)") }
        if let function = newerFunctions.first {
            throw .databaseNewer("release \(function.release) has applied function \"\(function.name)\"")
        }
        if let step = tooOld.last {
            throw PackagingError(
                .failedPrecondition,
                "the database was made before commit \(EarlierSchema.commit) and cannot be upgraded: its last migration "
                    + "is \(step)",
                reason: "DATABASE_TOO_OLD",
                hint:
                    "Run \"packagingd migrate\" of commit \(EarlierSchema.commit) first, and this one then. If that one "
                    + "refuses the database as well, no release has made it: begin with an empty one."
            )
        }
        guard let step = changed.first else { return }
        throw PackagingError(
            .failedPrecondition,
            "migration \(step) of the database is not the one of this program",
            reason: "MIGRATION_CHANGED"
        )
    }
}

extension PackagingError {
    /// The error for a database that a newer release has changed.
    static func databaseNewer(_ reason: String) -> Self {
        Self(
            .failedPrecondition,
            "the database is newer than this program: \(reason)",
            reason: "DATABASE_NEWER",
            hint: "Start the release that made it, or a later one."
        )
    }

    /// The error for a database that was not upgraded to the schema of this program.
    static func databaseBehind(_ message: String) -> Self {
        Self(
            .failedPrecondition,
            message,
            reason: "DATABASE_BEHIND",
            hint: "Run \"packagingd migrate --database-url URL\" as the role that owns the schema."
        )
    }
}
