import DatabaseTestSupport
import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@Suite("A database whose rights are divided between roles of a team")
struct MigrateTests {
    /// Roles of one test: one that owns the database, one that daemons log in as.
    private struct Team {
        let database: TestDatabase
        let suffix = UUID().uuidString.lowercased().prefix(8)

        var owner: String { "owner_\(suffix)" }
        var daemon: String { "daemon_\(suffix)" }

        /// The URL by which `role` logs in.
        func url(_ role: String) -> String { database.ownerConfiguration.url + " user='\(role)'" }

        func make() async throws {
            try await database.owner.executeScript(
                """
                CREATE ROLE \(owner) LOGIN CREATEROLE;
                CREATE ROLE \(daemon) LOGIN;
                DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO \(owner)', current_database()); END $$;
                """
            )
        }

        func remove() async throws {
            try await database.owner.executeScript(
                """
                DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database()); END $$;
                REASSIGN OWNED BY \(owner) TO CURRENT_USER;
                DROP OWNED BY \(owner), \(daemon);
                DROP ROLE \(owner), \(daemon);
                """
            )
        }
    }

    private func withTeam(_ body: (Team, String) async throws -> Void) async throws {
        try await withDatabase { database in
            let team = Team(database: database)
            try await team.make()
            try await withFolder { folder in try await body(team, folder) }
            try await team.remove()
        }
    }

    private func packagingd(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.run(Program.built("packagingd"), arguments)
    }

    @Test("the owner migrates, a role without the owner's rights serves, and a book becomes a package")
    func ownerAndDaemon() async throws {
        try await withTeam { team, folder in
            let dry = try await packagingd("migrate", "--dry-run", "--database-url", team.url(team.owner))
            #expect(dry.status == 0, "\(dry.errors)")
            #expect(dry.output.hasPrefix("pending  0013 baseline tenants\n"), "\(dry.output)")
            let early = try await packagingd(
                "serve",
                "--state-dir",
                folder + "/early",
                "--database-url",
                team.url(team.daemon)
            )
            #expect(early.status == 1)
            #expect(
                early.errors.contains("packagingd: the database lacks migrations 13 \"baseline tenants\", 14"),
                "\(early.errors)"
            )
            #expect(early.errors.contains("hint: Run \"packagingd migrate"), "\(early.errors)")

            let migrated = try await packagingd("migrate", "--database-url", team.url(team.owner))
            #expect(migrated.status == 0, "\(migrated.errors)")
            #expect(migrated.output.hasSuffix(" functions.\n"), "\(migrated.output)")
            let again = try await packagingd("migrate", "--database-url", team.url(team.owner))
            #expect(again.output.hasPrefix("applied  0013 baseline tenants  20"), "\(again.output)")
            #expect(again.output.hasSuffix("The database is up to date.\n"), "\(again.output)")

            let stranger = try await packagingd(
                "serve",
                "--state-dir",
                folder + "/stranger",
                "--database-url",
                team.url(team.daemon)
            )
            #expect(stranger.status == 1)
            #expect(
                stranger.errors.contains("hint: Run \"GRANT packaging_app TO \(team.daemon)\" as"),
                "\(stranger.errors)"
            )

            try await team.database.owner.executeScript("GRANT packaging_app TO \(team.daemon)")
            let daemon = try await Daemon.start(
                state: folder + "/state",
                arguments: ["--database-url", team.url(team.daemon)]
            )
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            _ = try await daemon.packctl("import", book.folder)
            let created = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
            #expect(created.status == 0, "\(created.errors)\n\(daemon.log)")
            try await daemon.stop()
        }
    }

    @Test("a database that is behind or newer is not served, and the error says which command to run")
    func behindAndNewer() async throws {
        try await withTeam { team, folder in
            func serve() async throws -> Program.Outcome {
                try await packagingd(
                    "serve",
                    "--no-migrate",
                    "--state-dir",
                    folder + "/state",
                    "--database-url",
                    team.url(team.owner)
                )
            }
            _ = try await packagingd("migrate", "--database-url", team.url(team.owner))
            try await team.database.owner.executeScript("DELETE FROM packaging.schema_migrations WHERE version = 18")
            let behind = try await serve()
            #expect(behind.status == 1)
            #expect(
                behind.errors.contains("packagingd: the database lacks migration 18 \"queue settings\"\n"),
                "\(behind.errors)"
            )

            try await team.database.owner.executeScript(
                "INSERT INTO packaging.schema_migrations (version, name, sha256) VALUES (9999, 'later', '')"
            )
            let newer = try await serve()
            #expect(newer.status == 1)
            #expect(newer.errors.contains("it has migration 9999 \"later\""), "\(newer.errors)")
            #expect(newer.errors.contains("hint: Start the release that made it"), "\(newer.errors)")
            let dry = try await packagingd("migrate", "--dry-run", "--database-url", team.url(team.owner))
            #expect(dry.status == 1)
            #expect(dry.output.contains("newer    9999 later"), "\(dry.output)")
        }
    }

    @Test("a function that differs is shown and replaced, and a daemon that may not replace it does not serve")
    func functions() async throws {
        try await withTeam { team, folder in
            _ = try await packagingd("migrate", "--database-url", team.url(team.owner))
            try await team.database.owner.executeScript(
                """
                UPDATE packaging.schema_functions SET sha256 = sha256('other') WHERE name = 'claim';
                DELETE FROM packaging.schema_functions WHERE name = 'beat';
                GRANT packaging_app TO \(team.daemon);
                """
            )
            let dry = try await packagingd("migrate", "--dry-run", "--database-url", team.url(team.owner))
            #expect(dry.status == 0, "\(dry.errors)")
            #expect(dry.output.contains("pending  function beat\nreplace  function claim\n"), "\(dry.output)")
            let arguments = ["serve", "--state-dir", folder + "/state", "--database-url", team.url(team.daemon)]
            let refused = try await Program.run(Program.built("packagingd"), arguments)
            #expect(refused.status == 1)
            #expect(
                refused.errors.contains(
                    "the functions of the database are not those of this program: create \"beat\", and 1 more"
                ),
                "\(refused.errors)"
            )
            let migrated = try await packagingd("migrate", "--database-url", team.url(team.owner))
            #expect(migrated.output.hasSuffix("Applied 2 functions.\n"), "\(migrated.output)\(migrated.errors)")
        }
    }

    @Test("the lease is set by migrating, within its bounds, and a daemon shows it when it starts")
    func lease() async throws {
        try await withTeam { team, folder in
            let url = team.url(team.owner)
            for seconds in ["1", "3601"] {
                let refused = try await packagingd("migrate", "--lease", seconds, "--database-url", url)
                #expect(refused.errors.contains("--lease \(seconds) is not between 2 and 3600"), "\(refused.errors)")
                #expect(refused.status != 0)
            }
            let first = try await packagingd("migrate", "--lease", "7", "--database-url", url)
            #expect(first.output.contains("The lease is 7 s.\n"), "\(first.output)\(first.errors)")
            let dry = try await packagingd("migrate", "--dry-run", "--lease", "9", "--database-url", url)
            #expect(dry.output.hasSuffix("lease    7 s\npending  lease 9 s\n"), "\(dry.output)")
            let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--database-url", url])
            #expect(daemon.log.contains("lease=7s"), "\(daemon.log)")
            try await daemon.stop()
        }
    }

    @Test("for how many days rows are kept is set by migrating, within bounds, and shown")
    func retention() async throws {
        try await withTeam { team, _ in
            let url = team.url(team.owner)
            for (flag, days) in [("--keep-jobs", "0"), ("--keep-events", "3651"), ("--keep-deleted", "-1")] {
                let refused = try await packagingd("migrate", "\(flag)=\(days)", "--database-url", url)
                #expect(refused.errors.contains("\(flag) \(days) is not between 1 and 3650"), "\(refused.errors)")
                #expect(refused.status != 0)
            }
            let long = try await packagingd("migrate", "--keep-jobs", "6", "--database-url", url)
            #expect(long.status == 1)
            #expect(
                long.errors.contains("packagingd: events cannot be kept for 7 days when their jobs are kept for 6\n"),
                "\(long.errors)"
            )
            let first = try await packagingd(
                "migrate",
                "--keep-jobs",
                "90",
                "--keep-events",
                "30",
                "--database-url",
                url
            )
            let kept = "jobs 90 days, events 30 days, rows about deleted bytes 7 days, the audit 400 days"
            #expect(first.output.contains("Kept are \(kept).\n"), "\(first.output)\(first.errors)")
            let dry = try await packagingd("migrate", "--dry-run", "--keep-deleted", "1", "--database-url", url)
            #expect(
                dry.output.contains(
                    "kept     \(kept)\npending  jobs 90 days, events 30 days, rows about deleted bytes 1 day, "
                        + "the audit 400 days\n"
                ),
                "\(dry.output)"
            )
        }
    }

    @Test("of two migrations at once, the second waits for the first")
    func waits() async throws {
        try await withTeam { team, _ in
            let url = team.url(team.owner)
            let second: Running = try await team.database.owner.withTransaction { transaction in
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(6202512230001)")
                let second = try await Running.start(Program.built("packagingd"), ["migrate", "--database-url", url])
                try await within(.seconds(120), "the second migration's wait") {
                    while true {
                        let waiting = try await transaction.query(
                            """
                            SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
                            WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
                            """
                        )
                        if !waiting.isEmpty { return }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(second.isRunning)
                return second
            }
            let outcome = try await second.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }
}
