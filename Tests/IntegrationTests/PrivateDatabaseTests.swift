import Foundation
import Testing

@Suite("The private database of a daemon", .serialized)
struct PrivateDatabaseTests {
    @Test("its server is killed five times while jobs are at work: the daemon goes on, and each job makes one package")
    func killedUnderLoad() async throws {
        try await withDaemon(arguments: ["--workers", "2"]) { daemon, folder in
            let server = PrivateServer(of: daemon)
            try await daemon.importLongBook(chapters: 8, in: folder)
            let created = try await daemon.json("create", "long", "--platform", "google", "--platform", "acx")
            let jobs = try #require(created["jobIds"] as? [String: String])
            try #require(jobs.count == 2)
            let first = try #require(jobs["google"])
            try await daemon.encodes(first)

            let pid = daemon.pid
            // The server ends by a signal, by itself, or it ends and starts its own processes again.
            for fault in [Fault.kill, .backend, .kill, .immediateStop, .kill] {
                try await server.cause(fault)
                try await daemon.serves()
                // The daemon has connections again before the next fault.
                #expect(try await daemon.packctl("job", first).status == 0)
            }
            let isDone = try await daemon.json("job", first)["status"] as? String == "completed"
            #expect(!isDone, "the faults have to come while jobs are at work")

            for job in jobs.values {
                let watched = try await daemon.packctl("watch", job)
                #expect(watched.status == 0, "\(watched.errors)")
                let ended = try await daemon.json("job", job)
                #expect(ended["status"] as? String == "completed", "\(ended)")
                #expect(ended["attempt"] as? Int ?? 99 <= 7, "\(ended)")
            }
            let packages = try #require(try await daemon.json("packages", "long")["packages"] as? [[String: Any]])
            #expect(packages.count == 2)
            #expect(packages.allSatisfy { $0["version"] as? Int == 1 })
            #expect(daemon.pid == pid && daemon.isRunning)
            #expect(daemon.log.matches(of: /the private Postgres runs again/).count == 4, "\(daemon.log)")
            _ = try await Package.download(of: "long", from: daemon, to: folder)
            try await waitForRemoval(of: "what is in scratch") { files(below: daemon.state + "/scratch") }
        }
    }

    @Test("while its server cannot start, health names the server's log, and the daemon tries less and less often")
    func doesNotStart() async throws {
        try await withDaemon { daemon, _ in
            let server = PrivateServer(of: daemon)
            let needed = server.data + "/global/pg_control"
            try FileManager.default.moveItem(atPath: needed, toPath: needed + ".away")
            let begin = ContinuousClock.now
            kill(try server.pid(), SIGKILL)
            let asked = try await within(.seconds(60), "what health says of a start that failed") {
                while true {
                    let health = try await daemon.packctl("--json", "health")
                    if health.output.contains("could not start the private Postgres") { return health.output }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            #expect(asked.contains("\"reason\":\"DATABASE_UNAVAILABLE\""), "\(asked)")
            #expect(asked.contains("Its log is \\\"\(daemon.state)/postgres/postgres.log\\\"."), "\(asked)")
            // The first try comes at once, the next after 0.5 s, then after 1 s, 2 s and so on.
            let tries = try server.failedStarts()
            #expect(tries >= 2)
            #expect(.now - begin >= .milliseconds(500) * ((1 << (tries - 1)) - 1), "\(tries) tries")
            #expect(daemon.isRunning)

            try FileManager.default.moveItem(atPath: needed + ".away", toPath: needed)
            try await daemon.serves()
        }
    }

    @Test("the daemon's sessions are those of a role that is no superuser, and nobody else of this machine gets in")
    func roles() async throws {
        try await withDaemon { daemon, folder in
            let server = PrivateServer(of: daemon)
            let sessions = try await server.sql(
                """
                SELECT DISTINCT usename, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_stat_activity
                JOIN pg_roles ON pg_roles.oid = usesysid
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                """
            )
            #expect(sessions == "packaging_app|f\n")
            #expect(try await server.sql("SELECT rolname FROM pg_roles WHERE rolsuper") == "packaging_admin\n")
            #expect(
                try await server.sql(
                    "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'packaging'::regnamespace"
                ) == "packaging_owner\n"
            )

            // Another user does not even reach the socket. Where the folders are open by mistake, the server refuses.
            let closed = try await server.psql(as: "nobody", role: "packaging_app")
            #expect(closed.status == 2 && closed.errors.contains("Permission denied"), "\(closed.errors)")
            for open in ["/postgres", "/postgres/run", "/postgres/run/.s.PGSQL.5432"] {
                #expect(unsafe chmod(daemon.state + open, 0o777) == 0)
            }
            for user in ["nobody", "postgres"] where user != NSUserName() {
                for role in ["packaging_app", "packaging_owner", "packaging_admin"] {
                    let refused = try await server.psql(as: user, role: role)
                    #expect(refused.status == 2, "\(user) is let in as \(role)")
                    #expect(refused.errors.contains("Peer authentication failed"), "\(refused.errors)")
                }
            }
            let doctor = try await Program.run(Program.built("packagingd"), ["doctor", "--state-dir", daemon.state])
            #expect(doctor.output.contains("as \"packaging_owner\""), "\(doctor.output)")
            #expect(doctor.status == 0, "\(doctor.output)")
        }
    }

    @Test("the lease of a private database is set beside its daemon and without it, and a folder without one is named")
    func lease() async throws {
        try await withFolder { folder in
            func migrate(_ arguments: String..., status: Int32 = 0) async throws -> Program.Outcome {
                let outcome = try await Program.run(Program.built("packagingd"), ["migrate"] + arguments)
                #expect(outcome.status == status, "\(outcome.output)\(outcome.errors)")
                return outcome
            }
            let state = folder + "/state"
            let none = try await migrate("--lease", "5", "--state-dir", state, status: 1)
            #expect(none.errors.hasPrefix("packagingd: the state folder \"\(state)\" has no database\nhint: Name"))
            #expect(!FileManager.default.fileExists(atPath: state))

            let daemon = try await Daemon.start(state: state)
            let beside = try await migrate("--lease", "7", "--state-dir", state)
            #expect(beside.output.contains("The lease is 7 s.\n"), "\(beside.output)")
            #expect(try await daemon.packctl("health").status == 0)
            try await daemon.stop()

            let alone = try await migrate("--state-dir", state, "--lease", "9")
            #expect(alone.output.contains("lease    7 s\n"), "\(alone.output)")
            #expect(alone.output.hasSuffix("The lease is 9 s.\nThe database is up to date.\n"), "\(alone.output)")
            #expect(!FileManager.default.fileExists(atPath: state + "/postgres/data/postmaster.pid"))
            let again = try await Daemon.start(state: state)
            #expect(again.log.contains("lease=9s"), "\(again.log)")
            try await again.stop()
        }
    }

    @Test("a state folder of commit 89512b2 keeps its rows; its superuser is divided, and trust ends")
    func upgrade() async throws {
        try await withFolder { folder in
            let state = folder + "/state"
            try await EarlierStateFolder.make(state)
            var daemon = try await Daemon.start(state: state)
            let server = PrivateServer(of: daemon)
            let jobs = "SELECT count(*) FROM packaging.packaging_jobs"
            #expect(try await server.sql(jobs) == "3\n")
            #expect(try await server.sql("SELECT rolname FROM pg_roles WHERE rolsuper") == "packaging_admin\n")
            let owners = try await server.sql(
                """
                SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'packaging'::regnamespace
                UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'packaging'
                UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'postgres'
                """
            )
            #expect(owners == "packaging_owner\n")
            let routines = try await server.sql(
                """
                SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'packaging'::regnamespace
                """
            )
            #expect(routines == "packaging_owner\npackaging_scheduler\n")
            let rules = try String(contentsOfFile: server.data + "/pg_hba.conf", encoding: .utf8)
            #expect(!rules.contains("trust"), "\(rules)")
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            _ = try await daemon.packctl("import", book.folder)
            let created = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
            #expect(created.status == 0, "\(created.errors)\n\(daemon.log)")
            try await daemon.stop()
            daemon = try await Daemon.start(state: state)
            #expect(!daemon.log.contains("dividing the roles"), "\(daemon.log)")
            try await daemon.stop()
        }
    }
}

/// A way in which a server ends.
private enum Fault {
    /// Its first process is killed, and its other processes are orphans.
    case kill
    /// One of its processes is killed. The first process then starts all others again.
    case backend
    /// An administrator stops it at once.
    case immediateStop
}

/// The private Postgres of a daemon, as root sees it.
private struct PrivateServer {
    let folder: String

    init(of daemon: Daemon) { folder = daemon.state + "/postgres" }

    var data: String { folder + "/data" }

    /// The server's first process.
    func pid() throws -> pid_t {
        let lock = try String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
        return try #require(lock.split(separator: "\n").first.flatMap { pid_t($0) })
    }

    /// How often a server did not find its files when it was started.
    func failedStarts() throws -> Int {
        let log = try String(contentsOfFile: folder + "/postgres.log", encoding: .utf8)
        return log.components(separatedBy: "could not find the database system").count - 1
    }

    /// Causes `fault`, and returns when it has happened and is over.
    func cause(_ fault: Fault) async throws {
        let died = try pid()
        let startedAt = try await sql("SELECT pg_postmaster_start_time()")
        switch fault {
        case .kill: kill(died, SIGKILL)
        case .immediateStop: kill(died, SIGQUIT)
        case .backend:
            let log = folder + "/postgres.log"
            let before = try String(contentsOfFile: log, encoding: .utf8).count
            let backend = try #require(
                pid_t(
                    try await sql("SELECT pid FROM pg_stat_activity WHERE usename = 'packaging_app' LIMIT 1")
                        .trimmingCharacters(in: .whitespacesAndNewlines)
                )
            )
            kill(backend, SIGKILL)
            try await within(.seconds(600), "the server's recovery") {
                while try !String(contentsOfFile: log, encoding: .utf8).dropFirst(before)
                    .contains("database system is ready")
                { try await Task.sleep(for: .milliseconds(20)) }
            }
            return #expect(try pid() == died)
        }
        try await within(.seconds(60), "the start of the next server, which is begun at once,") {
            while true {
                let now = try await psql("SELECT pg_postmaster_start_time()")
                if now.status == 0, now.output != startedAt { return }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Runs a statement as the superuser.
    func sql(_ statement: String) async throws -> String {
        let outcome = try await psql(statement)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output
    }

    private func psql(_ statement: String) async throws -> Program.Outcome {
        let login = ["-h", folder + "/run", "-U", "packaging_admin", "postgres"]
        return try await Program.run("psql", ["-X", "-At"] + login + ["-c", statement])
    }

    /// Connects as a user of this machine.
    func psql(as user: String, role: String) async throws -> Program.Outcome {
        let login = ["-h", folder + "/run", "-U", role, "postgres"]
        return try await Program.run(
            "setpriv",
            ["--reuid=" + user, "--clear-groups", "psql", "-X"] + login + ["-c", "SELECT 1"]
        )
    }
}

/// A state folder as a daemon of commit 89512b2 left it, with rows in every table.
private enum EarlierStateFolder {
    static func make(_ state: String) async throws {
        let resources = Program.repository + "/Tests/StoreTests/Resources"
        let migrations = resources + "/89512b2-migrations"
        let names = try FileManager.default.contentsOfDirectory(atPath: migrations).sorted()
        try #require(names.count == 12)
        var script = """
            CREATE ROLE packaging_app LOGIN;
            CREATE SCHEMA packaging;
            CREATE TABLE packaging.schema_migrations (
                version integer PRIMARY KEY,
                name text NOT NULL,
                sha256 bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            ALTER TABLE packaging.schema_migrations ENABLE ROW LEVEL SECURITY;

            """
        for name in names {
            let text = try String(contentsOfFile: migrations + "/" + name, encoding: .utf8)
            let parts = try #require(name.wholeMatch(of: /(\d+)_(.*)\.sql/))
            let digest = try await Program.tool("sha256sum", [migrations + "/" + name]).prefix(64)
            script += """
                \\i \(migrations)/\(name)
                INSERT INTO packaging.schema_migrations (version, name, sha256)
                VALUES (\(Int(parts.1) ?? 0), '\(parts.2.replacing("_", with: " "))', decode('\(digest)', 'hex'));

                """
            #expect(!text.isEmpty)
        }
        script += "\\i \(resources)/89512b2-rows.sql\n"
        // What that commit's ServerStarter did.
        try await Program.tool(
            "/bin/sh",
            [
                "-euc",
                """
                state=$1
                PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
                mkdir -p -m 711 $state
                mkdir -m 700 $state/postgres $state/postgres/run
                as() { "$@"; }
                if [ $(id -u) = 0 ]; then
                    chown postgres:postgres $state/postgres $state/postgres/run
                    as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
                fi
                cd $state/postgres
                as initdb -D $state/postgres/data -U packaging_owner -A trust --no-locale -E UTF8 --no-instructions --no-sync
                as pg_ctl -w -s -D $state/postgres/data -l $state/postgres/postgres.log \\
                    -o "-k $state/postgres/run -c listen_addresses=" start
                psql -X -q -v ON_ERROR_STOP=1 -h $state/postgres/run -U packaging_owner postgres
                as pg_ctl -w -s -m fast -D $state/postgres/data stop
                """, "make", state,
            ],
            input: script
        )
    }
}
