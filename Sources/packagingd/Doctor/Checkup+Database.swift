import Model
import Postgres
import PrivatePostgres
import Store

// Checks the database: that it answers, and that the daemon's role, the policies, the schema and the clock are right.
extension Checkup {
    func database() async -> [Finding] {
        guard let login else { return await privateDatabase() }
        return await database(
            login.configuration(),
            application: login.configuration(role: StoreRole.application),
            advice:
                "See that the server runs and takes this user: host, user and database of --database-url, password in "
                + "the file that --database-password-file or PGPASSFILE names, pg_hba.conf on the server."
        )
    }

    private func privateDatabase() async -> [Finding] {
        let configuration = PrivatePostgresConfiguration(stateFolder: state)
        if let running = PrivatePostgres.running(configuration) {
            let advice =
                "See the end of the server's log, \"\(running.log)\". A daemon that runs starts the server again."
            return await database(running.owner, application: running.app, advice: advice)
        }
        do throws(PrivatePostgresError) {
            let programs = try await PrivatePostgres.programs(for: configuration, launcher: launcher)
            return [
                .ok(
                    "database",
                    "a private one, with \"\(programs)\"; it does not run, so look again when the daemon does"
                )
            ]
        } catch {
            let advice = error.hint ?? "Install Postgres, or give a database with --database-url."
            return [.failed("database", error.message, advice)]
        }
    }

    private func database(
        _ login: PostgresConfiguration,
        application: PostgresConfiguration,
        advice: String
    ) async -> [Finding] {
        var findings: [Finding] = []
        do {
            findings.append(try await withClient(login) { try await server($0) })
            let rights = try await withClient(login) { try await Migrator(client: $0, logger: logger).rights() }
            guard rights.hasSchema, rights.mayServe else {
                findings.append(roleFinding(rights))
                return findings
            }
            findings += try await withClient(application) { client in
                [
                    await role(client), try await policies(client),
                    await migrations(client, mayMigrate: rights.mayMigrate), try await clock(client),
                ]
            }
        } catch {
            let what = findings.isEmpty ? "database" : "database's tables"
            findings.append(.failed(what, error.inOneLine, advice))
        }
        return findings
    }

    private func withClient<Value>(
        _ configuration: PostgresConfiguration,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        try await PostgresClient.withOneConnection(configuration, logger: logger, body)
    }

    private func server(_ client: PostgresClient) async throws -> Finding {
        let row = try await client.query(
            """
            SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer AS number,
                current_database()::text AS name, session_user::text AS role
            """
        )[0]
        let seen =
            "PostgreSQL \(try row.decode(String.self, "version")), database \"\(try row.decode(String.self, "name"))\" "
            + "as \"\(try row.decode(String.self, "role"))\""
        guard try row.decode(Int32.self, "number") >= 150_000 else {
            return .failed("database", seen, "Use PostgreSQL 15 or newer.")
        }
        return .ok("database", seen)
    }

    private func roleFinding(_ rights: SchemaRights) -> Finding {
        guard rights.hasSchema else {
            let seen = "the database has not been migrated"
            guard rights.mayMigrate else {
                let advice = "Run \"packagingd migrate --database-url URL\" as the role that is to own the schema."
                return .failed("migrations", seen, advice)
            }
            return .warning("migrations", seen, "The first start does it, or \"packagingd migrate\" now.")
        }
        return .failed(
            "database role",
            "\"\(rights.role)\" is no member of \"\(StoreRole.application)\"",
            "Run \"GRANT \(StoreRole.application) TO \(rights.role)\" as the owner of the schema."
        )
    }

    private func role(_ client: PostgresClient) async -> Finding {
        do {
            try await Store(client: client).checkRole()
            return .ok("database role", "\"\(StoreRole.application)\" is no superuser and bound by row level security")
        } catch {
            let advice = "Run \"ALTER ROLE \(StoreRole.application) NOSUPERUSER NOBYPASSRLS\"."
            return .failed("database role", error.inOneLine, error.hint ?? advice)
        }
    }

    private func policies(_ client: PostgresClient) async throws -> Finding {
        let rows = try await client.query(
            """
            SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS closed
            FROM pg_class c
            WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'packaging') AND c.relkind IN ('r', 'p')
                AND (c.relname = 'tenants'
                    OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
            ORDER BY 1
            """
        )
        var open: [String] = []
        for row in rows where try !row.decode(Bool.self, "closed") { open.append(try row.decode("name")) }
        guard open.isEmpty else {
            return .failed(
                "row level security",
                "off or not forced on \(open.joined(separator: ", ")): tenants see each other's rows",
                "Run \"ALTER TABLE packaging.NAME ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY\"."
            )
        }
        return .ok("row level security", "on and forced on all \(rows.count) tables of tenants")
    }

    private func migrations(_ client: PostgresClient, mayMigrate: Bool) async -> Finding {
        do throws(PackagingError) {
            let state = try await Migrator(client: client, logger: logger).state()
            try state.checkKnown()
            var lacks = state.pending.map(\.description)
            if !state.functions.isEmpty { lacks.append("\(state.functions.count) functions of this release") }
            guard !lacks.isEmpty else {
                let last = state.applied.last.map { ", the last \($0.step) at \($0.at)" } ?? ""
                return .ok("migrations", "all \(state.applied.count) are applied\(last)")
            }
            let seen = "lacks \(lacks.joined(separator: ", "))"
            let command = "\"packagingd migrate --database-url URL\""
            return mayMigrate
                ? .warning("migrations", seen, "The next start applies them, or \(command) now.")
                : .failed("migrations", seen, "Run \(command) as the role that owns the schema.")
        } catch {
            return .failed("migrations", error.inOneLine, error.hint ?? "See what else was found about the database.")
        }
    }

    private func clock(_ client: PostgresClient) async throws -> Finding {
        let before = SystemClock.now
        let theirs = try await client.query("SELECT clock_timestamp() AS now")[0].decode(Instant.self, "now")
        let after = SystemClock.now
        // A difference that is smaller than the time of the round trip cannot be measured.
        let difference = theirs < before ? theirs - before : theirs > after ? theirs - after : .zero
        let seconds = Double(difference.components.seconds) + Double(difference.components.attoseconds) / 1e18
        guard abs(seconds) > 2 else { return .ok("database's clock", "agrees with ours") }
        let seen = "\(Int(abs(seconds).rounded())) s \(seconds > 0 ? "ahead of" : "behind") ours"
        let advice = "Run an NTP client on both hosts: leases go by the one clock, links by the other."
        return abs(seconds) > 60
            ? .failed("database's clock", seen, advice) : .warning("database's clock", seen, advice)
    }
}
