package import Model
internal import Postgres

extension PackagingError {
    /// Wraps an error of the layer below, once.
    init(_ error: PostgresError) {
        switch error.kind {
        case .cancelled:
            self.init(.cancelled, "the call was cancelled", cause: error)
        case .outcomeUnknown:
            self.init(
                .unavailable,
                "lost the database while it was asked to commit",
                reason: Self.outcomeUnknown,
                hint: "Look whether the change was made before it is repeated.",
                cause: error
            )
        case .server where error.sqlState == .foreignKeyViolation:
            // Callers do not name rows directly, so the row existed when this statement was begun.
            self.init(
                .aborted,
                "something this refers to was deleted meanwhile",
                hint: "Try again.",
                cause: error
            )
        case _ where error.sqlState == .diskFull:
            self.init(
                .resourceExhausted,
                "the disk for the database is full",
                reason: "DATABASE_FULL",
                hint: "Make room on the disk that holds the database.",
                retryAfter: .seconds(30),
                cause: error
            )
        // Class 53 is "insufficient resources". Having no connection left is an outage: the pool tells it.
        case .server where error.sqlState?.errorClass == "53" && error.sqlState != .tooManyConnections:
            self.init(
                .resourceExhausted,
                "the database is short of memory or of something else",
                reason: "DATABASE_SHORT",
                hint: "The database's log says of what.",
                retryAfter: .seconds(30),
                cause: error
            )
        case .server where error.sqlState == .ioError:
            self.init(
                .unavailable,
                "the database could not read or write its files",
                reason: "DATABASE_UNAVAILABLE",
                hint: "The database's log says which; look at its disk.",
                cause: error
            )
        case _ where error.isRetryable, .connection, .exhausted, .closed:
            self.init(.unavailable, "could not use the database", reason: "DATABASE_UNAVAILABLE", cause: error)
        case .server, .decoding, .misuse:
            self.init(.internal, "the database refused a statement", cause: error)
        }
    }

    /// The reason of an error that leaves open whether a change was made.
    package static let outcomeUnknown = "OUTCOME_UNKNOWN"
}

/// Runs `body`, and turns every error into a ``PackagingError``, as the layers above expect.
func wrapped<Result>(_ body: () async throws -> Result) async throws(PackagingError) -> Result {
    do {
        return try await body()
    } catch let error as PackagingError {
        throw error
    } catch let error as PostgresError {
        throw PackagingError(error)
    } catch {
        throw PackagingError(.internal, "the store failed", cause: error)
    }
}

extension PackagingError {
    /// The error for an answer that the database function never gives according to its own description.
    static func unexpected(_ outcome: String, from function: String) -> Self {
        Self(.internal, "the database function \"\(function)\" answered \"\(outcome)\"")
    }
}
