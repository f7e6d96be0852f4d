package import Logging

/// A Postgres database, reached through a pool of libpq connections.
///
/// Each connection has its own thread, so no call blocks the cooperative pool. The client prepares each statement once
/// per connection. A lost connection is replaced; a caller notices it only if its own statement was under way.
///
/// Several calls may run at the same time; connections open when they are needed. Cancelling a task cancels its
/// statement on the server.
package final class PostgresClient: Sendable {
    /// Where the server is, and the time limits.
    package let configuration: PostgresConfiguration
    let logger: Logger
    let pool: ConnectionPool
    let listeners: ListenerRegistry
    /// How long a caller waits while connecting fails; nil for as long as it waits for any connection.
    private let patience: Duration?

    /// A client that has not connected yet.
    package init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        pool = ConnectionPool(configuration, logger: logger)
        listeners = ListenerRegistry()
        patience = nil
    }

    private init(_ client: PostgresClient, patience: Duration) {
        configuration = client.configuration
        logger = client.logger
        pool = client.pool
        listeners = client.listeners
        self.patience = patience
    }

    /// The same client, with the same connections, for callers that want an answer soon: while connecting to the server
    /// fails, they wait for this time, and for a moment in which the next failure is noticed, not for the whole acquire
    /// timeout. Where connections are merely in use, they wait like everybody else.
    ///
    /// Only the first client has to be run and closed.
    package func failing(whenUnreachableFor patience: Duration) -> PostgresClient {
        PostgresClient(self, patience: patience)
    }

    /// Gives `body` a client with one connection, and closes it afterwards.
    package static func withOneConnection<Value>(
        _ configuration: PostgresConfiguration,
        logger: Logger,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        var configuration = configuration
        configuration.maximumConnections = 1
        let client = PostgresClient(configuration: configuration, logger: logger)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        await client.close()
        return try result.get()
    }

    /// Waits until the task is cancelled, then closes.
    ///
    /// Returns when the last transaction has ended, every connection is closed and every thread has ended. Later calls
    /// fail with the kind `closed`, and listeners end.
    package func run() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        _ = continuation
        await close()
    }

    /// Closes all connections. Those in use are closed when they are returned, and the call waits for that. A second
    /// call waits too.
    package func close() async {
        listeners.close()
        await pool.close()
    }

    /// Connections that are open, opening or closing; each is one thread.
    package var connectionCount: Int { pool.connectionCount }

    // MARK: Statements

    /// Runs one statement and returns its rows.
    ///
    /// - Parameters:
    ///   - settings: Settings that hold for this statement only (`set_config(…, true)`). With any, the statement is a
    ///     transaction of its own: BEGIN, the settings, the statement and COMMIT travel in one round trip.
    ///   - limit: How long the whole call may take, with the wait for a connection. Without it, the limits of the
    ///     configuration hold for each of its parts.
    package func query(
        _ sql: SQL,
        settings: [(String, String)] = [],
        within limit: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRow] {
        try await single(sql, settings, limit).rows
    }

    /// Runs one statement and returns the number of rows that it inserted, changed, removed or returned.
    ///
    /// - Parameters:
    ///   - settings: As for ``query(_:settings:within:)``.
    ///   - limit: As for ``query(_:settings:within:)``.
    @discardableResult
    package func execute(
        _ sql: SQL,
        settings: [(String, String)] = [],
        within limit: Duration? = nil
    ) async throws(PostgresError) -> Int {
        try await single(sql, settings, limit).affectedRows
    }

    /// Runs statements as one transaction in one round trip, and returns the rows of each.
    ///
    /// If one fails, none has an effect.
    ///
    /// - Parameters:
    ///   - settings: As for ``query(_:settings:within:)``.
    ///   - limit: As for ``query(_:settings:within:)``.
    package func transaction(
        _ statements: [SQL],
        settings: [(String, String)] = [],
        within limit: Duration? = nil
    ) async throws(PostgresError) -> [[PostgresRow]] {
        try await withConnection(limit) { connection throws(PostgresError) in
            try connection.transact(statements, settings)
        }.map(\.rows)
    }

    /// Runs a text of several statements, such as a schema, without parameters.
    ///
    /// The text is one transaction unless it contains its own transaction statements.
    package func executeScript(_ script: String) async throws(PostgresError) {
        try await withConnection(nil) { connection throws(PostgresError) in
            defer { connection.rollBack() }
            try connection.runScript(script)
        }
    }

    private func single(
        _ sql: SQL,
        _ settings: [(String, String)],
        _ limit: Duration?
    ) async throws(PostgresError) -> PostgresResult {
        try await withConnection(limit) { connection throws(PostgresError) in
            if settings.isEmpty {
                // A single statement has no transaction to undo, but it may itself have opened one, which is ended
                // here.
                defer { connection.rollBack() }
                return try connection.execute([sql], commit: .end)[0]
            }
            return try connection.transact([sql], settings)[0]
        }
    }

    /// Does `work` on a free connection. If that connection was found dead before anything was sent, does it again on
    /// another.
    private func withConnection<Result: Sendable>(
        _ limit: Duration?,
        _ work: @escaping @Sendable (Connection) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        let deadline = limit.map { ContinuousClock.now + $0 }
        let (lease, outcome) = try await lease(until: deadline) { connection throws(PostgresError) in
            try connection.finish(by: deadline, work)
        }
        pool.giveBack(lease, reusable: outcome.isIdle)
        return try outcome.result.get()
    }

    /// Takes a free connection and does a first piece of work on it. A connection that died while it was idle is
    /// skipped, because nothing was sent on it. After a restart of the server, all open connections may be dead.
    ///
    /// - Parameter deadline: When the wait for a connection ends, if that is before the acquire timeout.
    func lease<Result: Sendable>(
        until deadline: ContinuousClock.Instant? = nil,
        running work: @escaping @Sendable (Connection) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> (ConnectionPool.Lease, ConnectionThread.Outcome<Result>) {
        var tries = 0
        while true {
            let lease = try await pool.lease(until: deadline, whileUnreachable: patience)
            let outcome = await lease.thread.run(work)
            tries += 1
            guard outcome.wasStale, tries <= configuration.maximumConnections else { return (lease, outcome) }
            pool.giveBack(lease, reusable: false)
        }
    }
}
