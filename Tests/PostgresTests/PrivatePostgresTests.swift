import Files
import Glibc
import Logging
import Postgres
import Processes
import TestSupport
import Testing

@testable import PrivatePostgres

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

    @Test("neither the daemon's role nor the owner is a superuser, and the server has no TCP port")
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
            try await withClient(patient(server.owner)) { client in
                let row = try await client.query(
                    "SELECT session_user::text AS name, rolsuper OR rolbypassrls AS power FROM pg_roles WHERE rolname = session_user"
                )[0]
                #expect(try row.decode("name") == "packaging_owner")
                #expect(try row.decode("power") == false)
            }
            var status = stat()
            #expect(unsafe stat(server.socketFolder, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
            await server.stop()
        }
    }

    /// Runs `server` beside `body`, as a daemon does.
    private func running(_ server: PrivatePostgres, _ body: () async throws -> Void) async throws {
        let run = Task { await server.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        run.cancel()
        await run.value
        try result.get()
    }

    /// Kills the server's first process, and returns when another runs in its place.
    private func killAndAwaitNext(_ server: PrivatePostgres) async throws {
        let died = server.pid
        kill(died, SIGKILL)
        try await withTimeLimit("a new server") {
            while server.pid == died || server.outage != nil { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("a server that is killed again and again is started again, and committed data is there")
    func killed() async throws {
        try await withTemporaryFolder("state") { folder in
            let server = try await start(folder.path, isDurable: true)
            try await running(server) {
                try await execute("CREATE TABLE kept (n int)", on: server)
                for round in 1...3 {
                    try await execute("INSERT INTO kept VALUES (1)", on: server)
                    try await killAndAwaitNext(server)
                    let count = try await execute("SELECT FROM kept", on: server)
                    #expect(count == round)
                }
            }
            #expect(kill(server.pid, 0) != 0, "it is stopped with its task")
            let next = try await start(folder.path, isDurable: true)
            #expect(try await execute("SELECT FROM kept", on: next) == 3)
            await next.stop()
        }
    }

    @Test("processes of a killed server that do not end by themselves are ended, and its shared memory is free")
    func orphans() async throws {
        try await withTemporaryFolder("state") { folder in
            let server = try await start(folder.path, isDurable: true)
            try await running(server) {
                try await withClient(patient(server.owner)) { client in
                    let backend: Int = try await client.query("SELECT pg_backend_pid() AS pid")[0].decode("pid")
                    let orphan = Int32(backend)
                    // A stopped process does not notice that its server is gone.
                    kill(orphan, SIGSTOP)
                    try await killAndAwaitNext(server)
                    // It may stay as a zombie, which holds nothing, for as long as its new parent likes.
                    #expect(!Orphans.processes(of: folder.file("postgres/data")).contains(orphan))
                }
                #expect(try await execute("SELECT 1", on: server) == 1)
            }
        }
    }

    @Test("a lock file whose process number belongs to another program by now is no obstacle")
    func foreignProcess() async throws {
        try await withTemporaryFolder("state") { folder in
            let first = try await start(folder.path)
            let files = [folder.file("postgres/data/postmaster.pid"), first.socketFolder + "/.s.PGSQL.5432.lock"]
            let locks = try files.map { try String(contentsOfFile: $0) }
            await first.stop()
            let user = unsafe getpwnam("postgres").map { unsafe ($0.pointee.pw_uid, $0.pointee.pw_gid) }
            let other = try await Launcher().launch(
                ChildSpecification(
                    executable: "/bin/sleep",
                    arguments: ["600"],
                    user: geteuid() == 0 ? user.map { .init(uid: $0.0, gid: $0.1) } : nil
                )
            )
            for (file, lock) in zip(files, locks) {
                let rest = lock.drop { $0 != "\n" }
                try "\(other.pid)\(rest)".write(toFile: file, owner: user)
            }
            let second = try await start(folder.path)
            #expect(try await execute("SELECT 1", on: second) == 1)
            #expect(other.exitStatus == nil, "the other program is not ours to end")
            other.signal(SIGKILL)
            await second.stop()
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

extension String {
    fileprivate init(contentsOfFile path: String) throws {
        self = String(decoding: try SmallFile.read(path, limit: 4096).bytes, as: UTF8.self)
    }

    /// Writes the text to a new file that belongs to `owner`.
    fileprivate func write(toFile path: String, owner: (uid_t, gid_t)?) throws {
        let file = try OpenFile(path, .creating)
        try file.write(Array(utf8))
        if geteuid() == 0, let owner { unsafe lchown(path, owner.0, owner.1) }
    }
}
