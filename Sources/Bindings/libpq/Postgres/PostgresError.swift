/// Why a statement has no result.
///
/// Never holds a bound value, a row's content or a secret: the parts of Postgres' messages that contain values (the
/// whole text of class 22, the detail of class 23, every context) are dropped when the error is made.
package struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of errors, by what a caller can do about them.
    package enum Kind: Sendable, Hashable {
        /// The server refused: see ``PostgresError/sqlState``. If the statement was part of a transaction, that is
        /// undone.
        case server
        /// There is no connection, or it was lost, and nothing can have been committed.
        case connection
        /// The connection was lost during a commit, so the commit may or may not have happened. Check the state before
        /// repeating.
        case outcomeUnknown
        /// Every connection was in use for the whole acquire timeout.
        case exhausted
        /// The task was cancelled. Nothing was committed.
        case cancelled
        /// A column is not what the program expects.
        case decoding
        /// The program broke a rule of this client, such as using a transaction after its end.
        case misuse
        /// The client was closed.
        case closed
    }

    /// What a caller can do about it.
    package var kind: Kind
    /// The condition, when the server named one.
    package var sqlState: SQLState?
    /// One line.
    package var message: String
    /// More facts, in sentences.
    package var detail: String?
    /// What to do, in sentences.
    package var hint: String?
    /// The constraint that refused the row.
    package var constraint: String?
    /// The table it happened in.
    package var table: String?
    /// The column it happened in.
    package var column: String?

    init(_ kind: Kind, _ message: String, sqlState: SQLState? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
    }

    static func decoding(_ message: String) -> Self { Self(.decoding, message) }

    /// Whether the whole transaction may be repeated unchanged and may then succeed.
    ///
    /// False for ``Kind/outcomeUnknown``: only the caller knows whether doing it twice does harm.
    package var isRetryable: Bool {
        switch kind {
        case .connection, .exhausted:
            guard let sqlState else { return true }
            // The server can be reached and refuses. A wrong password, for example, stays wrong.
            return !["28", "3D", "42"].contains(sqlState.errorClass)
        case .server:
            let passing: [SQLState?] = [
                .serializationFailure, .deadlockDetected, .lockNotAvailable, .adminShutdown, .crashShutdown,
                .cannotConnectNow, .tooManyConnections, .idleInTransactionTimeout,
            ]
            return passing.contains(sqlState)
        case .outcomeUnknown, .cancelled, .decoding, .misuse, .closed:
            return false
        }
    }

    /// The message, with the condition and the constraint where there are any.
    package var description: String {
        let facts = [sqlState.map { "SQLSTATE \($0)" }, constraint.map { "constraint \"\($0)\"" }].compactMap(\.self)
        return facts.isEmpty ? message : "\(message) (\(facts.joined(separator: ", ")))"
    }
}
