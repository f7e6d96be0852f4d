import DatabaseTestSupport
import Postgres
import TestSupport
import Testing

/// A server that stands still, or a network that carries nothing: connections stay open, and no answer comes.
@Suite("Deadlines by the clock of this machine", .timeLimit(.minutes(5)))
struct DeadlineTests {
    private static let mark = DatabaseTemplate("deadline") { owner in
        try await owner.executeScript("CREATE TABLE mark (word text); GRANT ALL ON mark TO packaging_app")
    }

    /// Short limits for what is meant to reach them, and long ones for everything else.
    private static func brief(_ configuration: inout PostgresConfiguration) {
        configuration.answerTimeout = .milliseconds(1500)
        configuration.cancelTimeout = .milliseconds(500)
    }

    /// How long `body` took to throw, and the error. Nothing here waits for more than two seconds.
    private func timed(_ body: @escaping @Sendable () async throws -> Void) async throws -> (PostgresError, Duration) {
        let start = ContinuousClock.now
        let error = try await postgresError { try await withTimeLimit("its end", within: .seconds(30), body) }
        return (error, ContinuousClock.now - start)
    }

    @Test(
        "a statement without an answer ends with an error that says how long it waited, and its connection is dropped"
    )
    func statement() async throws {
        try await withDatabase(Self.mark) { database in
            try await withProxy(database, Self.brief) { client, proxy in
                _ = try await client.query("SELECT 1")
                proxy.judge { $0.contains("INSERT") ? .swallow : .forward }
                let (error, waited) = try await timed {
                    try await client.withTransaction { _ = try await $0.execute("INSERT INTO mark VALUES ('a')") }
                }
                #expect(error.kind == .connection)
                #expect(error.isRetryable)
                // How long it waited, in tenths of a second: a busy machine wakes the thread late.
                #expect(
                    error.message.contains(
                        #/^lost the connection to the database: no answer for [1-9][0-9.]* seconds$/#
                    )
                )
                #expect(waited >= .milliseconds(1500))
                #expect(try await client.query("SELECT 1").count == 1)
                #expect(proxy.connections == 2)
            }
        }
    }

    @Test("a commit without an answer leaves the outcome unknown", arguments: [true, false])
    func commit(inOneRoundTrip: Bool) async throws {
        try await withDatabase(Self.mark) { database in
            try await withProxy(database, Self.brief) { client, proxy in
                _ = try await client.query("SELECT 1")
                proxy.judge { $0.contains("COMMIT\0") ? .swallow : .forward }
                let (error, waited) = try await timed {
                    if inOneRoundTrip {
                        try await client.execute("INSERT INTO mark VALUES ('a')", settings: [("app.t", "1")])
                    } else {
                        try await client.withTransaction { _ = try await $0.execute("INSERT INTO mark VALUES ('b')") }
                    }
                }
                #expect(error.kind == .outcomeUnknown)
                #expect(!error.isRetryable)
                #expect(error.message.contains(#/during a commit: no answer for [1-9][0-9.]* seconds$/#))
                #expect(waited >= .milliseconds(1500))
            }
        }
    }

    @Test("every statement of a transaction has the whole time, and a slow transaction is not overdue")
    func each() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.answerTimeout = .seconds(30)
            try await withClient(configuration) { client in
                let start = ContinuousClock.now
                // Together they take longer than one may, because a test cannot wait for half a minute.
                let sleeps = [SQL](repeating: "SELECT pg_sleep(0.4)", count: 3)
                _ = try await client.transaction(sleeps)
                #expect(ContinuousClock.now - start >= .milliseconds(1200))
            }
            configuration.answerTimeout = .milliseconds(700)
            try await withClient(configuration) { client in
                // Connecting has a limit of its own.
                while (try? await client.query("SELECT 1")) == nil {}
                let (error, _) = try await timed {
                    try await client.withTransaction { transaction in
                        _ = try await transaction.query("SELECT 1")
                        _ = try await transaction.query("SELECT pg_sleep(3600)")
                    }
                }
                #expect(error.message.contains("no answer for 0.7 seconds"))
            }
        }
    }

    @Test("a rollback without an answer costs the connection, and the caller gets its own error")
    func rollback() async throws {
        try await withDatabase(Self.mark) { database in
            try await withProxy(database, { $0.cancelTimeout = .milliseconds(500) }) { client, proxy in
                _ = try await client.query("SELECT 1")
                proxy.judge { $0.contains("ROLLBACK") ? .swallow : .forward }
                let (error, _) = try await timed {
                    try await client.withTransaction { _ = try await $0.query("SELECT 1 / 0") }
                }
                #expect(error.sqlState?.rawValue == "22012")
                #expect(try await client.query("SELECT 1").count == 1)
                #expect(proxy.connections == 2)
            }
        }
    }

    @Test("a call has its own limit, which includes the wait for a connection")
    func call() async throws {
        try await withDatabase(Self.mark) { database in
            try await withProxy(database) { client, proxy in
                _ = try await client.query("SELECT 1")
                proxy.judge { _ in .swallow }
                let (error, waited) = try await timed {
                    _ = try await client.query("SELECT 1", within: .milliseconds(300))
                }
                #expect(error.message.hasSuffix("no answer for 0.3 seconds"))
                #expect(waited >= .milliseconds(300))
                // The next one has no connection, and no new one can be opened.
                let (second, _) = try await timed { _ = try await client.query("SELECT 1", within: .milliseconds(300)) }
                #expect(second.kind == .connection)
                #expect(second.message == "could not connect to the database: no answer within 0.3 seconds")
            }
        }
    }

    @Test("a server whose processes all stand still is noticed by every kind of call, and used again afterwards")
    func paused() async throws {
        try await PausableServer.with { server in
            var configuration = server.owner
            Self.brief(&configuration)
            configuration.connectTimeout = .milliseconds(500)
            configuration.acquireTimeout = .seconds(1)
            try await withClient(configuration) { client in
                while (try? await client.query("SELECT 1")) == nil {}
                #expect(server.pause() > 1)
                let (silent, waited) = try await timed { _ = try await client.query("SELECT 1") }
                #expect(silent.message.contains(#/no answer for [1-9][0-9.]* seconds$/#))
                #expect(waited >= .milliseconds(1500))
                let (unreachable, _) = try await timed { _ = try await client.query("SELECT 1") }
                #expect(unreachable.kind == .connection)
                #expect(unreachable.message.contains("no answer within"))
                // The server stands still while it is asked to cancel.
                server.resume()
                while (try? await client.query("SELECT 1")) == nil {}
                let task = Task {
                    try await client.query("SELECT pg_sleep(3600)", settings: [("statement_timeout", "0")])
                }
                try await withClient(server.owner) { other in
                    try await withTimeLimit("the statement") {
                        while try await other.query(
                            "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()"
                        ).isEmpty {}
                    }
                }
                server.pause()
                task.cancel()
                let (cancelled, _) = try await timed { _ = try await task.value }
                #expect(cancelled.message.contains("during a commit: no answer for"))
                server.resume()
                try await withTimeLimit("an answer") {
                    while (try? await client.query("SELECT 1")) == nil {}
                }
            }
        }
    }
}
