/// An open transaction. It is valid only inside the closure that it is given to.
///
/// Its statements run one after another on one connection. After one has failed, the server refuses all later ones.
package final class PostgresTransaction: Sendable {
    private let thread: ConnectionThread
    private let token: TransactionToken

    init(_ thread: ConnectionThread, _ token: TransactionToken) {
        self.thread = thread
        self.token = token
    }

    /// Runs one statement and returns its rows.
    package func query(_ sql: SQL) async throws(PostgresError) -> [PostgresRow] {
        try await run([sql])[0].rows
    }

    /// Runs one statement and returns the number of rows that it inserted, changed, removed or returned.
    @discardableResult
    package func execute(_ sql: SQL) async throws(PostgresError) -> Int {
        try await run([sql])[0].affectedRows
    }

    /// Runs statements in one round trip and returns the rows of each. After the first failure the rest do not run.
    package func query(_ statements: [SQL]) async throws(PostgresError) -> [[PostgresRow]] {
        try await run(statements).map(\.rows)
    }

    /// Runs a text of several statements, such as a migration, without parameters.
    package func executeScript(_ script: String) async throws(PostgresError) {
        try await thread.run { [token] connection throws(PostgresError) in
            try connection.runScript(script, in: token)
        }.result.get()
    }

    private func run(_ statements: [SQL]) async throws(PostgresError) -> [PostgresResult] {
        try await thread.run { [token] connection throws(PostgresError) in
            try connection.execute(statements, in: token)
        }.result.get()
    }
}

/// Distinguishes one transaction on a connection from the next, so that an ended transaction cannot affect another.
final class TransactionToken: Sendable {}

extension PostgresClient {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// BEGIN and the settings travel with the first statement, so the whole transaction needs one round trip more than
    /// its statements. If all statements are known beforehand, ``transaction(_:settings:)`` needs only one round trip.
    ///
    /// - Parameters:
    ///   - settings: Settings that end with the transaction (`set_config(…, true)`).
    ///   - attempts: How often `body` is run, at most, while the transaction fails because of others (a serialization
    ///     failure or a deadlock). `body` must be safe to repeat.
    /// - Throws: What `body` throws, or a ``PostgresError`` of the commit: of kind `outcomeUnknown` if the connection
    ///   was lost while it was under way.
    package func withTransaction<Result>(
        settings: [(String, String)] = [],
        isolation: PostgresIsolation = .readCommitted,
        attempts: Int = 1,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await once(settings, isolation, body)
            } catch let error as PostgresError
                where error.sqlState == .serializationFailure || error.sqlState == .deadlockDetected
            {
                guard attempt < attempts else { throw error }
                attempt += 1
            }
        }
    }

    private func once<Result>(
        _ settings: [(String, String)],
        _ isolation: PostgresIsolation,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let token = TransactionToken()
        let (lease, begun) = try await lease { connection throws(PostgresError) in
            connection.begin(token, isolation, settings)
        }
        do {
            try begun.result.get()
            let result = try await body(PostgresTransaction(lease.thread, token))
            let end = await lease.thread.run { connection throws(PostgresError) in try connection.commit() }
            try end.result.get()
            pool.giveBack(lease, reusable: end.isIdle)
            return result
        } catch {
            // This must happen even if the task was cancelled; otherwise the next user of the connection would find an
            // open transaction.
            let end = await lease.thread.run(heedsCancellation: false) { connection in connection.rollBack() }
            pool.giveBack(lease, reusable: end.isIdle)
            throw error
        }
    }
}
