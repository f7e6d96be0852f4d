import Glibc
import Logging
import Postgres
import PrivatePostgres
import Processes
import TestSupport
import Testing

// The tests run one after another: each starts servers, and the other suites need the processors too.
@Suite("A private Postgres", .serialized)
struct PrivatePostgresTests {
    private static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private func start(_ folder: String, isDurable: Bool = false) async throws -> PrivatePostgres {
        var configuration = PrivatePostgresConfiguration(stateFolder: folder)
        configuration.isDurable = isDurable
        // On a slow machine a fast stop may take long.
        configuration.stopTimeout = .seconds(120)
        return try await PrivatePostgres.start(configuration, launcher: Launcher(), logger: Self.logger)
    }

    /// The same configuration, for a caller that waits until the server has begun, however busy the machine is.
    private func patient(_ configuration: PostgresConfiguration) -> PostgresConfiguration {
        var patient = configuration
        patient.acquireTimeout = .seconds(120)
        patient.statementTimeout = .seconds(120)
        return patient
    }

    @discardableResult
    private func execute(_ sql: SQL, on server: PrivatePostgres) async throws -> Int {
        try await withClient(patient(server.owner)) { try await $0.execute(sql) }
    }

    @Test("the first start makes a database, and a restart keeps what was committed")
    func restarts() async throws {
        try await withTemporaryFolder("state") { folder in
            let first = try await start(folder.path)
            try await execute("CREATE TABLE kept AS SELECT 7 AS n", on: first)
            await first.stop()
            await first.stop()
            let second = try await start(folder.path)
            #expect(try await execute("SELECT FROM kept", on: second) == 1)
            #expect(second.pid != first.pid)
            await second.stop()
        }
    }

    @Test("the daemon's role is no superuser, and the server has no TCP port")
    func roles() async throws {
        try await withTemporaryFolder("state") { folder in
            let server = try await start(folder.path, isDurable: true)
            try await withClient(patient(server.app)) { client in
                let row = try await client.query(
                    """
                    SELECT current_user::text AS name, rolsuper OR rolcreatedb OR rolcreaterole AS power,
                           current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync
                    FROM pg_roles WHERE rolname = current_user
                    """
                )[0]
                #expect(try row.decode("name") == "packaging_app")
                #expect(try row.decode("power") == false)
                #expect(try row.decode("addresses") == "")
                #expect(try row.decode("fsync") == "on")
            }
            var status = stat()
            #expect(unsafe stat(server.socketFolder, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
            await server.stop()
        }
    }

    @Test("after kill -9 the remaining lock file is no obstacle, and committed data is there")
    func killed() async throws {
        try await withTemporaryFolder("state") { folder in
            var server = try await start(folder.path, isDurable: true)
            try await execute("CREATE TABLE kept (n int)", on: server)
            for round in 1...2 {
                try await execute("INSERT INTO kept VALUES (1)", on: server)
                kill(server.pid, SIGKILL)
                let died = server
                let error = await #expect(throws: PrivatePostgresError.self) { try await died.run() }
                #expect(error?.message == "the private Postgres was killed by signal 9 (Killed)")
                #expect(unsafe access(folder.file("postgres/data/postmaster.pid"), F_OK) == 0)
                await server.stop()
                server = try await start(folder.path, isDurable: true)
                let count = try await execute("SELECT FROM kept", on: server)
                #expect(count == round)
            }
            await server.stop()
        }
    }

    @Test("two daemons cannot run in one state folder")
    func locked() async throws {
        try await withTemporaryFolder("state") { folder in
            let server = try await start(folder.path)
            let error = await #expect(throws: PrivatePostgresError.self) { _ = try await start(folder.path) }
            #expect(error?.message == "cannot use the state folder \"\(folder.path)\": another daemon runs in it")
            try await execute("SELECT 1", on: server)
            await server.stop()
        }
    }

    @Test("a server that a dead daemon left behind is stopped, and nothing is lost")
    func orphan() async throws {
        try await withTemporaryFolder("state") { folder in
            let first = try await start(folder.path)
            try await execute("CREATE TABLE kept AS SELECT 7 AS n", on: first)
            await first.stop()
            // Starts the same server without the lock of the state folder.
            let launcher = try Launcher()
            let user = unsafe getpwnam("postgres").map { unsafe ($0.pointee.pw_uid, $0.pointee.pw_gid) }
            let orphan = try await launcher.launch(
                ChildSpecification(
                    executable: try #require(postgresProgram),
                    arguments: [
                        "-D", folder.file("postgres/data"), "-k", first.socketFolder, "-c", "listen_addresses=",
                    ],
                    user: geteuid() == 0 ? user.map { .init(uid: $0.0, gid: $0.1) } : nil
                )
            )
            try await withClient(patient(first.owner)) { client in _ = try await client.query("SELECT FROM kept") }
            let second = try await start(folder.path)
            #expect(await orphan.wait() == .exited(0))
            let count = try await execute("SELECT FROM kept", on: second)
            #expect(count == 1)
            await second.stop()
        }
    }

    /// The newest server Debian has installed.
    private var postgresProgram: String? {
        (13...20).reversed().map { "/usr/lib/postgresql/\($0)/bin/postgres" }.first { unsafe access($0, X_OK) == 0 }
    }

    @Test("a database that was only half made is made again")
    func halfMade() async throws {
        try await withTemporaryFolder("state") { folder in
            let first = try await start(folder.path)
            await first.stop()
            // As if the power had failed within initdb, before the folder was moved to its place.
            let (made, unfinished) = (folder.file("postgres/data"), folder.file("postgres/data.new"))
            #expect(unsafe rename(made, unfinished) == 0)
            #expect(unsafe unlink(unfinished + "/PG_VERSION") == 0)
            let second = try await start(folder.path)
            #expect(try await execute("SELECT 1", on: second) == 1)
            #expect(unsafe access(unfinished, F_OK) != 0)
            await second.stop()
        }
    }

    @Test("a state folder whose path is too long for a socket works, with the socket elsewhere")
    func longPath() async throws {
        try await withTemporaryFolder("state") { folder in
            let long = folder.file(String(repeating: "a", count: 90))
            #expect(unsafe mkdir(long, 0o755) == 0)
            let server = try await start(long)
            defer { unsafe rmdir(server.socketFolder) }
            #expect(!server.socketFolder.hasPrefix(folder.path))
            #expect(try await execute("SELECT 1", on: server) == 1)
            await server.stop()
        }
    }

    @Test("a folder that the server's user cannot enter is named in the error", .enabled(if: geteuid() == 0))
    func impassable() async {
        await withTemporaryFolder("state") { folder in
            let closed = folder.file("closed")
            #expect(unsafe mkdir(closed, 0o700) == 0)
            let error = await #expect(throws: PrivatePostgresError.self) { _ = try await start(closed) }
            #expect(
                error?.message == "cannot keep a database in \"\(closed)/postgres\": "
                    + "the user \"postgres\" cannot enter the folder \"\(closed)\""
            )
        }
    }

    @Test("a server that does not start reports the reason from its log")
    func failedStart() async throws {
        try await withTemporaryFolder("state") { folder in
            let first = try await start(folder.path)
            await first.stop()
            #expect(unsafe rename(folder.file("postgres/data/global"), folder.file("postgres/data/elsewhere")) == 0)
            let error = await #expect(throws: PrivatePostgresError.self) { _ = try await start(folder.path) }
            #expect(error?.message == "could not start the private Postgres: it exited with status 2")
            #expect(error?.detail?.contains("pg_control") == true)
        }
    }

    @Test("clients survive a restart of the server without an error")
    func restartUnderClient() async throws {
        try await withTemporaryFolder("state") { folder in
            let first = try await start(folder.path)
            try await withClient(patient(first.owner)) { client in
                _ = try await client.query("SELECT 1")
                await first.stop()
                let second = try await start(folder.path)
                let rows = try await client.query("SELECT 1")
                #expect(rows.count == 1)
                await second.stop()
            }
        }
    }
}
