package import Logging

/// A Postgres database, asked over a pool of libpq connections.
///
/// Each connection has a thread of its own, so no call blocks the cooperative pool. Statements are prepared by
/// themselves, once per connection. A connection that broke is replaced; a caller hears of it only if its own statement
/// was under way.
///
/// Calls may be made at once; connections open when they are wanted. Cancelling a task cancels its statement on the
/// server.
package final class PostgresClient: Sendable {
    /// Where the server is and how long anything may take.
    package let configuration: PostgresConfiguration
    let logger: Logger
    let pool: ConnectionPool
    let listeners = ListenerRegistry()

    /// A client that has not connected yet.
    package init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        pool = ConnectionPool(configuration, logger: logger)
    }

    /// Waits until the task is cancelled, then closes.
    ///
    /// Returns when the last transaction has ended and every connection and its thread are gone. Calls made from then
    /// on fail with the kind `closed`, and listeners end.
    package func run() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        _ = continuation
        await close()
    }

    /// Closes all connections, waiting for those in use. A second call waits as well.
    package func close() async {
        listeners.close()
        await pool.close()
    }

    /// Connections that are open or opening; each is one thread.
    package var connectionCount: Int { pool.connectionCount }

    // MARK: Statements

    /// Runs one statement and gives its rows.
    ///
    /// - Parameter settings: Settings that hold for this statement only (`set_config(…, true)`). With any, the statement
    ///   is a transaction of its own: BEGIN, the settings, the statement and COMMIT travel in one round trip.
    package func query(_ sql: SQL, settings: [(String, String)] = []) async throws(PostgresError) -> [PostgresRow] {
        try await single(sql, settings).rows
    }

    /// Runs one statement and gives the number of rows it inserted, changed, removed or gave.
    ///
    /// - Parameter settings: As for ``query(_:settings:)``.
    @discardableResult
    package func execute(_ sql: SQL, settings: [(String, String)] = []) async throws(PostgresError) -> Int {
        try await single(sql, settings).affectedRows
    }

    /// Runs statements as one transaction in one round trip, and gives the rows of each.
    ///
    /// If one fails, none has happened.
    package func transaction(
        _ statements: [SQL],
        settings: [(String, String)] = []
    ) async throws(PostgresError) -> [[PostgresRow]] {
        try await withConnection { connection throws(PostgresError) in
            try connection.transact(statements, settings)
        }.map(\.rows)
    }

    /// Runs a text of several statements, such as a schema, without parameters.
    ///
    /// It is one transaction unless it says otherwise itself.
    package func executeScript(_ script: String) async throws(PostgresError) {
        try await withConnection { connection throws(PostgresError) in
            defer { connection.rollBack() }
            try connection.runScript(script)
        }
    }

    private func single(_ sql: SQL, _ settings: [(String, String)]) async throws(PostgresError) -> PostgresResult {
        try await withConnection { connection throws(PostgresError) in
            if settings.isEmpty {
                // Without a transaction to undo, what the statement itself may have opened is still ended.
                defer { connection.rollBack() }
                return try connection.execute([sql], commit: .end)[0]
            }
            return try connection.transact([sql], settings)[0]
        }
    }

    /// Does `work` on a free connection, and again on another if that one was found dead before anything was sent.
    private func withConnection<Result: Sendable>(
        _ work: @escaping @Sendable (Connection) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        let (lease, outcome) = try await lease(running: work)
        pool.giveBack(lease, reusable: outcome.isIdle)
        return try outcome.result.get()
    }

    /// Takes a free connection for a first piece of work. One that died while it was idle is passed over, for nothing
    /// was sent on it: after a restart of the server that may be all that were open.
    func lease<Result: Sendable>(
        running work: @escaping @Sendable (Connection) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> (ConnectionPool.Lease, ConnectionThread.Outcome<Result>) {
        var tries = 0
        while true {
            let lease = try await pool.lease()
            let outcome = await lease.thread.run(work)
            tries += 1
            guard outcome.wasStale, tries <= configuration.maximumConnections else { return (lease, outcome) }
            pool.giveBack(lease, reusable: false)
        }
    }
}
