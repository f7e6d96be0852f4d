import DatabaseTestSupport
import Logging
import Postgres
import TestSupport
import Testing

/// Calls `body` with a client that is closed afterwards.
func withClient<Result>(
    _ configuration: PostgresConfiguration,
    _ body: (PostgresClient) async throws -> Result
) async throws -> Result {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let client = PostgresClient(configuration: configuration, logger: logger)
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}

extension TestDatabase {
    /// The server processes that run a statement which contains `text`.
    func backends(running text: String) async throws -> [Int] {
        try await owner.query(
            """
            SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
              AND position(\(text) IN query) > 0
            """
        ).map { row throws(PostgresError) in try row.decode("pid") }
    }

    /// Waits until `count` statements which contain `text` run, and returns a server process of one of them.
    @discardableResult
    func backend(running text: String, count: Int = 1) async throws -> Int {
        try await withTimeLimit("a statement with \"\(text)\"") {
            while true {
                let pids = try await backends(running: text)
                if let pid = pids.first, pids.count >= count { return pid }
            }
        }
    }

    /// Ends server processes as an administrator would, and waits until they have ended.
    func terminate(_ pids: [Int]) async throws {
        try await owner.execute("SELECT pg_terminate_backend(pid::integer, 10000) FROM unnest(\(pids)) AS pid")
    }
}

/// The ``PostgresError`` that `body` throws.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError {
    try await #require(throws: PostgresError.self) { try await body() }
}
