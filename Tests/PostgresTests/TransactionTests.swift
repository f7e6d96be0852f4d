import DatabaseTestSupport
import Postgres
import Testing

@Suite("Transactions")
struct TransactionTests {
    private static let counter = DatabaseTemplate("counter") { owner in
        try await owner.executeScript(
            """
            CREATE TABLE counter (id integer PRIMARY KEY, value integer NOT NULL CHECK (value >= 0));
            INSERT INTO counter VALUES (1, 0), (2, 0);
            GRANT SELECT, INSERT, UPDATE ON counter TO packaging_app;
            """
        )
    }

    private func value(_ database: TestDatabase, id: Int = 1) async throws -> Int {
        try await database.owner.query("SELECT value FROM counter WHERE id = \(id)")[0].decode("value")
    }

    @Test("BEGIN, settings, statement and COMMIT are one round trip, the first time as well as later")
    func oneRoundTrip() async throws {
        try await withDatabase(Self.counter) { database in
            try await withProxy(database) { client, proxy in
                _ = try await client.query("SELECT 1 AS warm")
                for expected in 1...3 {
                    let before = proxy.turns
                    let rows = try await client.query(
                        """
                        UPDATE counter SET value = value + 1 WHERE id = \(1)
                        RETURNING value, current_setting('app.tenant') AS tenant
                        """,
                        settings: [("app.tenant", "t\(expected)"), ("app.user", "u")]
                    )
                    #expect(proxy.turns - before == 1)
                    #expect(try rows[0].decode("value") == expected)
                    #expect(try rows[0].decode("tenant") == "t\(expected)")
                }
                var before = proxy.turns
                _ = try await client.query("SELECT 2 AS single")
                #expect(proxy.turns - before == 1)
                before = proxy.turns
                let results = try await client.transaction(
                    ["SELECT 1 AS a", "SELECT 2 AS a"],
                    settings: [("app.t", "1")]
                )
                #expect(try results.map { try $0[0].decode(Int.self, "a") } == [1, 2])
                #expect(proxy.turns - before == 1)
                before = proxy.turns
                try await client.withTransaction(settings: [("app.t", "1")]) { transaction in
                    _ = try await transaction.query("SELECT 1 AS a")
                    _ = try await transaction.query(["SELECT 1 AS a", "SELECT 2 AS a"])
                }
                #expect(proxy.turns - before == 3)
                before = proxy.turns
                try await client.withTransaction { _ in }
                #expect(proxy.turns == before)
            }
        }
    }

    @Test("settings end with their transaction, whether it commits, fails or is cancelled")
    func settingsDoNotLeak() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                func tenant() async throws -> String? {
                    try await client.query("SELECT current_setting('app.tenant', true) AS t")[0].decode("t")
                }
                _ = try await client.query("SELECT 1", settings: [("app.tenant", "a")])
                // Once it was set, a custom setting is empty instead of absent.
                #expect(try await tenant() == "")
                _ = try await postgresError {
                    _ = try await client.query("SELECT 1/0", settings: [("app.tenant", "b")])
                }
                #expect(try await tenant() == "")
                await #expect(throws: CancellationError.self) {
                    try await client.withTransaction(settings: [("app.tenant", "c")]) { transaction in
                        let row = try await transaction.query("SELECT current_setting('app.tenant') AS t")[0]
                        #expect(try row.decode("t") == "c")
                        throw CancellationError()
                    }
                }
                #expect(try await tenant() == "")
            }
        }
    }

    @Test("if one statement of a pipeline fails, none takes effect, and the connection can be used again")
    func pipelineError() async throws {
        try await withDatabase(Self.counter) { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                let pid: Int = try await client.query("SELECT pg_backend_pid() AS pid")[0].decode("pid")
                let error = try await postgresError {
                    _ = try await client.transaction([
                        "UPDATE counter SET value = value + 1 WHERE id = 1",
                        "UPDATE counter SET value = \(-7) WHERE id = 2",
                        "UPDATE counter SET value = value + 1 WHERE id = 1",
                    ])
                }
                #expect(error.kind == .server)
                #expect(error.sqlState == .checkViolation)
                #expect(error.constraint == "counter_value_check")
                #expect(error.table == "counter")
                #expect(try await value(database) == 0)
                #expect(try await client.query("SELECT pg_backend_pid() AS pid")[0].decode("pid") == pid)
            }
        }
    }

    @Test("errors name the condition and the constraint, and contain no value")
    func errorsHoldNoValues() async throws {
        try await withDatabase(Self.counter) { database in
            let secret = "hunter2"
            let unique = try await postgresError { try await database.app.execute("INSERT INTO counter VALUES (1, 1)") }
            #expect(unique.sqlState == .uniqueViolation)
            #expect(unique.constraint == "counter_pkey")
            #expect(unique.detail == nil)
            let cast = try await postgresError { _ = try await database.app.query("SELECT \(secret)::uuid") }
            #expect(cast.sqlState == .invalidTextRepresentation)
            let nul = try await postgresError { _ = try await database.app.query("SELECT \("a\0\(secret)")") }
            #expect(nul.sqlState == .characterNotInRepertoire)
            let null = try await postgresError {
                try await database.app.execute("INSERT INTO counter VALUES (\(3), NULL)")
            }
            #expect(null.sqlState == .notNullViolation)
            #expect(null.column == "value")
            let syntax = try await postgresError { _ = try await database.app.query("SELEC 1") }
            #expect(syntax.description == "syntax error at or near \"SELEC\" (SQLSTATE 42601)")
            let privilege = try await postgresError { try await database.app.execute("DELETE FROM counter") }
            #expect(privilege.sqlState == .insufficientPrivilege)
            for error in [unique, cast, nul, null] {
                #expect(!String(reflecting: error).contains(secret))
            }
        }
    }

    @Test("a transaction whose failed statement was ignored is not reported as committed")
    func swallowedFailure() async throws {
        try await withDatabase(Self.counter) { database in
            let error = try await postgresError {
                try await database.app.withTransaction { transaction in
                    try await transaction.execute("UPDATE counter SET value = 5 WHERE id = 1")
                    _ = try? await transaction.query("SELECT 1/0")
                }
            }
            #expect(error.sqlState == .inFailedTransaction)
            #expect(try await value(database) == 0)
        }
    }

    @Test("a transaction that has ended cannot be used")
    func usedAfterEnd() async throws {
        try await withDatabase(Self.counter) { database in
            let escaped = try await database.app.withTransaction { $0 }
            let error = try await postgresError { try await escaped.execute("UPDATE counter SET value = 9") }
            #expect(error.kind == .misuse)
            #expect(try await value(database) == 0)
        }
    }

    @Test("a transaction that failed because of another one is repeated, as often as allowed")
    func repeats() async throws {
        try await withDatabase(Self.counter) { database in
            func increment(attempts: Int, interferences: Int) async throws -> Int {
                var runs = 0
                try await database.app.withTransaction(isolation: .repeatableRead, attempts: attempts) { transaction in
                    runs += 1
                    _ = try await transaction.query("SELECT value FROM counter WHERE id = 1")
                    if runs <= interferences {
                        try await database.owner.execute("UPDATE counter SET value = value + 10 WHERE id = 1")
                    }
                    try await transaction.execute("UPDATE counter SET value = value + 1 WHERE id = 1")
                }
                return runs
            }
            #expect(try await increment(attempts: 3, interferences: 1) == 2)
            #expect(try await value(database) == 11)
            let error = try await postgresError { _ = try await increment(attempts: 1, interferences: 1) }
            #expect(error.sqlState == .serializationFailure)
            #expect(error.isRetryable == true)
        }
    }

    @Test("a constraint that is checked at commit fails the commit, with its name")
    func deferredConstraint() async throws {
        try await withDatabase { database in
            try await database.owner.executeScript(
                "CREATE TABLE d (id integer, CONSTRAINT d_once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)"
            )
            for settings in [[], [("app.t", "1")]] {
                let error = try await postgresError {
                    try await database.owner.execute("INSERT INTO d VALUES (1), (1)", settings: settings)
                }
                #expect(error.constraint == "d_once")
            }
            #expect(try await database.owner.query("SELECT FROM d").isEmpty)
        }
    }

    @Test("more statements than the client remembers still run, and the server forgets the others")
    func boundedStatements() async throws {
        try await withDatabase { database in
            var configuration = database.appConfiguration
            configuration.maximumConnections = 1
            configuration.statementCacheSize = 4
            try await withClient(configuration) { client in
                for round in 0..<2 {
                    for number in 0..<20 {
                        let rows = try await client.query(SQL(unescaped: "SELECT \(number) AS n"))
                        #expect(try rows[0].decode("n") == number, "round \(round)")
                    }
                }
                let rows = try await client.query("SELECT count(*) AS n FROM pg_prepared_statements")
                #expect(try rows[0].decode(Int.self, "n") <= 6)
            }
        }
    }

    @Test("a table that changes after a statement was remembered causes one error at most")
    func changedTable() async throws {
        try await withDatabase(Self.counter) { database in
            var configuration = database.ownerConfiguration
            configuration.maximumConnections = 1
            try await withClient(configuration) { client in
                _ = try await client.query("SELECT * FROM counter")
                try await client.executeScript(
                    "ALTER TABLE counter ADD COLUMN more text; ALTER TABLE counter DROP COLUMN value"
                )
                _ = try? await client.query("SELECT * FROM counter")
                #expect(try await client.query("SELECT * FROM counter").count == 2)
            }
        }
    }

    @Test("a script of several statements runs as one transaction, also inside an open one")
    func scripts() async throws {
        try await withDatabase(Self.counter) { database in
            let error = try await postgresError {
                try await database.owner.executeScript("UPDATE counter SET value = 3; SELECT 1/0")
            }
            #expect(error.sqlState?.errorClass == "22")
            #expect(try await value(database) == 0)
            try await database.owner.withTransaction(settings: [("app.by", "7")]) { transaction in
                try await transaction.executeScript(
                    "UPDATE counter SET value = current_setting('app.by')::int; SELECT 1"
                )
                #expect(try await transaction.query("SELECT value FROM counter WHERE id = 1")[0].decode("value") == 7)
            }
            #expect(try await value(database) == 7)
        }
    }

    @Test("after SET ROLE row level security binds the owner's own connection")
    func role() async throws {
        try await withDatabase(Self.counter) { database in
            try await database.owner.executeScript("ALTER TABLE counter ENABLE ROW LEVEL SECURITY")
            var configuration = database.ownerConfiguration
            configuration.role = "packaging_app"
            try await withClient(configuration) { client in
                let rows = try await client.query("SELECT FROM counter")
                #expect(rows.isEmpty)
            }
            #expect(try await database.owner.query("SELECT FROM counter").count == 2)
        }
    }
}
