import DatabaseTestSupport
import Postgres
import TestSupport
import Testing

@Suite("Faults")
struct FaultTests {
    private static let mark = DatabaseTemplate("mark") { owner in
        try await owner.executeScript("CREATE TABLE mark (word text); GRANT ALL ON mark TO packaging_app")
    }

    private func marks(_ database: TestDatabase) async throws -> [String] {
        try await database.owner.query("SELECT word FROM mark ORDER BY word").map { row throws(PostgresError) in
            try row.decode("word")
        }
    }

    @Test("a cancelled task ends its statement on the server, and the connection goes on")
    func cancel() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                let pid: Int = try await client.query("SELECT pg_backend_pid() AS pid")[0].decode("pid")
                for settings in [[], [("app.tenant", "t")]] {
                    let task = Task { try await client.query("SELECT pg_sleep(3600)", settings: settings) }
                    try await database.backend(running: "pg_sleep")
                    task.cancel()
                    let error = try await postgresError { _ = try await task.value }
                    #expect(error.kind == .cancelled)
                    #expect(try await database.backends(running: "pg_sleep").isEmpty)
                    #expect(try await client.query("SELECT pg_backend_pid() AS pid")[0].decode("pid") == pid)
                }
            }
        }
    }

    @Test("a cancelled transaction is rolled back before another caller gets its connection")
    func cancelTransaction() async throws {
        try await withDatabase(Self.mark) { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                let task = Task {
                    try await client.withTransaction { transaction in
                        try await transaction.execute("INSERT INTO mark VALUES ('gone')")
                        _ = try await transaction.query("SELECT pg_sleep(3600)")
                    }
                }
                try await database.backend(running: "pg_sleep")
                task.cancel()
                _ = await task.result
                try await client.execute("INSERT INTO mark VALUES ('kept')")
                #expect(try await marks(database) == ["kept"])
            }
        }
    }

    @Test("a task that was cancelled beforehand sends nothing")
    func cancelBefore() async throws {
        try await withDatabase(Self.mark) { database in
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                try await database.app.execute("INSERT INTO mark VALUES ('x')")
            }
            let error = try await postgresError { _ = try await task.value }
            #expect(error.kind == .cancelled)
            let left = try await marks(database)
            #expect(left == [])
        }
    }

    @Test("a server that does not answer a cancel request costs the connection, but does not block the caller")
    func cancelUnanswered() async throws {
        try await withDatabase(Self.mark) { database in
            let brief = { (configuration: inout PostgresConfiguration) in configuration.cancelTimeout = .seconds(1) }
            try await withProxy(database, brief) { client, proxy in
                _ = try await client.query("SELECT 1")
                let asked = TestEvent<Void>()
                proxy.judge { text in
                    guard text.contains("pg_sleep") else { return .forward }
                    asked.happen()
                    return .swallow
                }
                let task = Task {
                    try await client.withTransaction { transaction in
                        _ = try await transaction.query("SELECT pg_sleep(3600)")
                    }
                }
                try await asked.wait("the statement")
                task.cancel()
                let error = try await postgresError { try await task.value }
                #expect(error.kind == .cancelled)
                #expect(try await client.query("SELECT 1").count == 1)
            }
        }
    }

    @Test("a statement that takes too long ends with the server's timeout, which is not a cancellation")
    func statementTimeout() async throws {
        try await withDatabase { database in
            let error = try await postgresError {
                _ = try await database.app.query("SELECT pg_sleep(3600)", settings: [("statement_timeout", "50")])
            }
            #expect(error.kind == .server)
            #expect(error.sqlState == .queryCanceled)
        }
    }

    @Test("connections have the timeouts of the configuration and its application name")
    func timeouts() async throws {
        try await withDatabase { database in
            var configuration = PostgresConfiguration(url: database.appConfiguration.url)
            configuration.acquireTimeout = .seconds(120)
            try await withClient(configuration) { client in
                let row = try await client.query(
                    """
                    SELECT current_setting('statement_timeout') AS s, current_setting('lock_timeout') AS l,
                           current_setting('idle_in_transaction_session_timeout') AS i,
                           current_setting('application_name') AS a
                    """
                )[0]
                #expect(try row.decode("s") == "10s")
                #expect(try row.decode("l") == "3s")
                #expect(try row.decode("i") == "10s")
                #expect(try row.decode("a") == "packagingd")
            }
        }
    }

    @Test("the death of a server process under a statement is a retryable error, and the next statement works")
    func killedMidStatement() async throws {
        try await withDatabase { database in
            let task = Task { try await database.app.query("SELECT pg_sleep(3600)", settings: [("app.t", "1")]) }
            try await database.terminate([try await database.backend(running: "pg_sleep")])
            let error = try await postgresError { _ = try await task.value }
            #expect(error.sqlState == .adminShutdown)
            #expect(error.isRetryable == true)
            #expect(try await database.app.query("SELECT 1").count == 1)
        }
    }

    @Test("the death of a server process within a transaction undoes the transaction")
    func killedMidTransaction() async throws {
        try await withDatabase(Self.mark) { database in
            let error = try await postgresError {
                try await database.app.withTransaction { transaction in
                    try await transaction.execute("INSERT INTO mark VALUES ('gone')")
                    let row = try await transaction.query("SELECT pg_backend_pid() AS pid")[0]
                    try await database.terminate([try row.decode("pid")])
                    try await transaction.execute("INSERT INTO mark VALUES ('too')")
                }
            }
            #expect(error.isRetryable == true)
            let left = try await marks(database)
            #expect(left == [])
        }
    }

    @Test("connections that died while idle are replaced without an error to callers")
    func killedWhileIdle() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 3
            try await withClient(configuration) { client in
                for _ in 0..<5 {
                    let pids = try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<3 {
                            group.addTask {
                                try await client.query("SELECT pg_backend_pid() AS pid, pg_sleep(0.02)")[0].decode(
                                    "pid"
                                )
                            }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    try await database.terminate(pids)
                    #expect(try await client.query("SELECT 1").count == 1)
                }
            }
        }
    }

    @Test("a caller that waits too long for a connection is told that all are in use")
    func exhausted() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 2
            configuration.statementTimeout = .zero
            configuration.acquireTimeout = .milliseconds(500)
            try await withClient(configuration) { client in
                // Each task takes a connection, however long it takes to open one on a busy machine.
                let busy = (0..<2).map { _ in
                    Task {
                        while true {
                            do throws(PostgresError) {
                                _ = try await client.query("SELECT pg_sleep(3600)")
                            } catch {
                                guard error.kind == .connection else { throw error }
                            }
                        }
                    }
                }
                try await database.backend(running: "pg_sleep", count: 2)
                let error = try await postgresError { _ = try await client.query("SELECT 1") }
                #expect(error.kind == .exhausted)
                #expect(
                    error.message
                        == "could not get a database connection: all 2 were in use for 0.5 seconds"
                )
                for task in busy { task.cancel() }
                for task in busy { _ = await task.result }
                #expect(try await client.query("SELECT 1").count == 1)
                #expect(client.connectionCount == 2)
            }
        }
    }

    @Test("a task that is cancelled while it waits for a connection stops waiting", arguments: [true, false])
    func cancelledWhileWaiting(beforehand: Bool) async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                let busy = Task { try await client.query("SELECT pg_sleep(3600)") }
                try await database.backend(running: "pg_sleep")
                let waiting = Task {
                    if beforehand { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
                    _ = try await client.query("SELECT 1")
                }
                if !beforehand { waiting.cancel() }
                let error = try await withTimeLimit("the end of the wait") {
                    try await postgresError { try await waiting.value }
                }
                #expect(error.kind == .cancelled)
                busy.cancel()
                _ = await busy.result
            }
        }
    }

    @Test("a hundred callers share two connections, and each gets its own answer")
    func shared() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 2
            try await withClient(configuration) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<100 {
                        group.addTask {
                            let rows = try await client.query(
                                "SELECT \(number) AS n, current_setting('app.n') AS s",
                                settings: [("app.n", "\(number)")]
                            )
                            #expect(try rows[0].decode("n") == number)
                            #expect(try rows[0].decode("s") == "\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(client.connectionCount <= 2)
            }
        }
    }

    @Test(
        "a connection lost during a commit leaves the outcome unknown, whether or not the commit happened",
        arguments: [true, false]
    )
    func ambiguousCommit(happens: Bool) async throws {
        try await withDatabase(Self.mark) { database in
            try await withProxy(database) { client, proxy in
                _ = try await client.query("SELECT 1")
                let fate: SocketProxy.Verdict = happens ? .forwardAndCut : .cut
                proxy.judge { $0.contains("COMMIT\0") ? fate : .forward }
                let piped = try await postgresError {
                    try await client.execute("INSERT INTO mark VALUES ('a')", settings: [("app.t", "1")])
                }
                #expect(piped.kind == .outcomeUnknown)
                #expect(piped.isRetryable == false)
                let apart = try await postgresError {
                    try await client.withTransaction { _ = try await $0.execute("INSERT INTO mark VALUES ('b')") }
                }
                #expect(apart.kind == .outcomeUnknown)
                let left = try await withTimeLimit("the commit") {
                    while true {
                        let left = try await marks(database)
                        if !happens || left.count == 2 { return left }
                    }
                }
                #expect(left == (happens ? ["a", "b"] : []))
            }
        }
    }

    @Test("a connection lost before the commit was sent is a retryable error, and nothing has changed")
    func lostBeforeCommit() async throws {
        try await withDatabase(Self.mark) { database in
            try await withProxy(database) { client, proxy in
                proxy.judge { $0.contains("INSERT") ? .forwardAndCut : .forward }
                let error = try await postgresError {
                    try await client.withTransaction { _ = try await $0.execute("INSERT INTO mark VALUES ('a')") }
                }
                #expect(error.kind == .connection)
                #expect(error.isRetryable == true)
                let left = try await marks(database)
                #expect(left == [])
                #expect(try await client.query("SELECT 1").count == 1)
                #expect(proxy.connections == 2)
            }
        }
    }

    @Test("an unreachable server is an error with its reason, after the time that a caller waits")
    func unreachable() async throws {
        var configuration = PostgresConfiguration(url: "host=/nonexistent user=x password=hunter2")
        configuration.acquireTimeout = .milliseconds(200)
        try await withClient(configuration) { client in
            var error: PostgresError
            // A caller that gives up before the first attempt to connect has failed cannot get the reason of the
            // failure.
            repeat {
                error = try await postgresError { _ = try await client.query("SELECT 1") }
                #expect(error.kind == .connection)
            } while error.message.contains("no answer within")
            #expect(error.message.contains("could not connect to the database: "))
            #expect(error.message.contains("/nonexistent"))
            #expect(!error.message.contains("hunter2"))
        }
    }

    @Test("who fails soon waits for an unreachable server no longer than that, though others wait for minutes")
    func failsSoon() async throws {
        var configuration = PostgresConfiguration(url: "host=/nonexistent user=x")
        configuration.acquireTimeout = .seconds(600)
        try await withClient(configuration) { client in
            let soon = client.failing(whenUnreachableFor: .milliseconds(100))
            let error = try await postgresError { _ = try await soon.query("SELECT 1") }
            #expect(error.kind == .connection)
            #expect(error.message.contains("/nonexistent"))
        }
    }

    @Test("a database that does not exist fails at once")
    func refused() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.url += " dbname=nothing"
            configuration.acquireTimeout = .seconds(60)
            try await withClient(configuration) { client in
                let error = try await postgresError { _ = try await client.query("SELECT 1") }
                #expect(error.message.hasSuffix("database \"nothing\" does not exist"))
                #expect(error.sqlState == .invalidCatalogName)
                #expect(error.isRetryable == false)
            }
        }
    }

    @Test("a URL that cannot be parsed is refused without quoting it")
    func unparsable() async throws {
        try await withClient(PostgresConfiguration(url: "postgres://u:hunter2@[")) { client in
            let error = try await postgresError { _ = try await client.query("SELECT 1") }
            #expect(error.description == "the database URL cannot be parsed")
        }
    }

    @Test("closing waits for running statements, then refuses new ones")
    func closing() async throws {
        try await withDatabase(Self.mark) { database in
            try await withClient(database.appConfiguration) { client in
                let running = Task { await client.run() }
                let work = try await database.owner.withTransaction { holder in
                    _ = try await holder.query("SELECT pg_advisory_xact_lock(1)")
                    let work = Task {
                        try await client.execute("INSERT INTO mark SELECT 'done' FROM pg_advisory_xact_lock(1)")
                    }
                    // The statement runs for as long as this transaction holds the lock that it waits for.
                    try await database.backend(running: "INSERT INTO mark SELECT")
                    running.cancel()
                    return work
                }
                await running.value
                #expect(try await marks(database) == ["done"])
                _ = try await work.value
                #expect(client.connectionCount == 0)
                let error = try await postgresError { _ = try await client.query("SELECT 1") }
                #expect(error.kind == .closed)
            }
        }
    }
}
