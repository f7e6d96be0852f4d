import DatabaseTestSupport
import Logging
import Model
import Postgres
import Testing

@testable import Store

@Suite("Migrations", .serialized)
struct MigrationTests {
    let logger = Logger(label: "test")

    @Test("an empty database is brought up to date once, and a second migration has nothing to do")
    func twice() async throws {
        try await withDatabase { database in
            let migrator = Migrator(client: database.owner, logger: logger)
            let (first, second) = (try await migrator.migrate(), try await migrator.migrate())
            #expect(first.migrations == Migration.all.map(\.step))
            #expect(first.functions == SchemaFunction.all.map { FunctionChange(name: $0.name, kind: .create) })
            #expect(second == SchemaChanges())
            let local = try await Store(client: database.app).tenants.tenant(named: "local")
            #expect(local?.id == Tenant.localID)
        }
    }

    @Test("several daemons that start at once migrate once")
    func concurrently() async throws {
        try await withDatabase { database in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let changes = try await Migrator(client: database.owner, logger: logger).migrate()
                        return changes.migrations.count + changes.functions.count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, Migration.all.count + SchemaFunction.all.count])
        }
    }

    @Test("a database that was made by a newer release is refused")
    func newer() async throws {
        try await withDatabase { database in
            _ = try await Migrator(client: database.owner, logger: logger).migrate()
            let older = Migrator(client: database.owner, logger: logger, migrations: Array(Migration.all.dropLast()))
            let error = await #expect(throws: PackagingError.self) { try await older.migrate() }
            #expect(error?.code == .failedPrecondition)
            let last = try #require(Migration.all.last?.step)
            #expect(error?.message == "the database is newer than this program: it has migration \(last)")
        }
    }

    @Test("a migration that was changed after it was applied is refused")
    func changed() async throws {
        try await withDatabase { database in
            let first = Migration(13, "tenants", script: Migration.all[0].script)
            _ = try await Migrator(client: database.owner, logger: logger, migrations: [first]).migrate()
            let edited = Migration(13, "tenants", script: first.script + "\n-- edited")
            let migrator = Migrator(client: database.owner, logger: logger, migrations: [edited])
            let error = await #expect(throws: PackagingError.self) { try await migrator.migrate() }
            #expect(error?.reason == "MIGRATION_CHANGED")
        }
    }

    @Test("a step that fails leaves nothing behind, neither of itself nor of the steps before it")
    func allOrNothing() async throws {
        try await withDatabase { database in
            let broken = Migration(
                9999,
                "broken",
                script: "CREATE TABLE packaging.half (id bigint); SELECT 1 / 0;"
            )
            let migrator = Migrator(
                client: database.owner,
                logger: logger,
                migrations: Migration.all + [broken],
                functions: SchemaFunction.all
            )
            await #expect(throws: PackagingError.self) { try await migrator.migrate() }
            let rows = try await database.owner.query("SELECT to_regnamespace('packaging') IS NULL AS clean")
            #expect(try rows.first?.decode(Bool.self, "clean") == true)
        }
    }

    @Test("the audio that each project has is recorded, once for each project")
    func audioUses() async throws {
        try await withDatabase { database in
            try await Migrator(client: database.owner, logger: logger).migrate()
            let fixture = StoreFixture(store: Store(client: database.app), database: database)
            for slug in ["one", "two"] {
                let book = [("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "a")])]
                try await fixture.record("a", try await fixture.importBook(book, slug: slug).project)
            }
            let rows = try await database.app.query(
                "SELECT count(*) AS uses FROM packaging.audio_uses",
                settings: [("packaging.tenant", fixture.tenant.description)]
            )
            #expect(try rows.first?.decode(Int.self, "uses") == 2)
        }
    }

    @Test("an owner without superuser rights can migrate")
    func modestOwner() async throws {
        try await withDatabase { database in
            let name = "owner_\(TenantID.random().description.prefix(8))"
            try await database.owner.executeScript(
                """
                CREATE ROLE \(name) LOGIN CREATEROLE;
                DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO \(name)', current_database()); END $$;
                """
            )
            var configuration = database.ownerConfiguration
            configuration.role = name
            let modest = PostgresClient(configuration: configuration, logger: logger)
            let changes = try await Migrator(client: modest, logger: logger).migrate()
            #expect(changes.migrations == Migration.all.map(\.step))
            #expect(changes.functions.count == SchemaFunction.all.count)
            await modest.close()
            let rows = try await database.owner.query(
                """
                SELECT bool_or(rolsuper OR rolbypassrls) AS mighty FROM pg_roles
                WHERE rolname IN ('packaging_app', 'packaging_scheduler')
                """
            )
            #expect(try rows.first?.decode(Bool.self, "mighty") == false)
            try await database.owner.executeScript("DROP OWNED BY \(name) CASCADE; DROP ROLE \(name)")
        }
    }

    @Test("what a database has and lacks is reported without a change, to the owner and to the daemon's role")
    func state() async throws {
        try await withDatabase { database in
            let half = Migrator(client: database.owner, logger: logger, migrations: Array(Migration.all.dropLast()))
            let whole = Migrator(client: database.owner, logger: logger)
            let functions = SchemaFunction.all.map { FunctionChange(name: $0.name, kind: .create) }
            #expect(
                try await whole.state() == SchemaState(pending: Migration.all.map(\.step), functions: functions)
            )

            try await half.migrate()
            let behind = try await whole.state()
            #expect(behind.applied.map(\.step) == Migration.all.dropLast().map(\.step))
            #expect(behind.pending == Migration.all.suffix(1).map(\.step))
            let error = #expect(throws: PackagingError.self) { try behind.check() }
            #expect(error?.reason == "DATABASE_BEHIND")

            try await whole.migrate()
            let seen = try await Migrator(client: database.app, logger: logger).state()
            #expect(seen == (try await whole.state()))
            #expect(seen.pending.isEmpty && seen.unknown.isEmpty && seen.changed.isEmpty && seen.functions.isEmpty)
            #expect(try await half.state().unknown == Migration.all.suffix(1).map(\.step))
        }
    }

    @Test("a daemon notices that a newer release has migrated its database")
    func overtaken() async throws {
        try await withDatabase { database in
            try await Migrator(client: database.owner, logger: logger).migrate()
            let store = Store(client: database.app)
            try await store.checkSchema()
            try await database.owner.executeScript(
                "INSERT INTO packaging.schema_migrations (version, name, sha256) VALUES (9999, 'later', '')"
            )
            let error = await #expect(throws: PackagingError.self) { try await store.checkSchema() }
            #expect(error?.reason == "DATABASE_NEWER")
        }
    }

    @Test("whether a role may migrate and may serve follows from the objects it owns and the roles it joins")
    func rights() async throws {
        try await withDatabase { database in
            let name = "daemon_\(TenantID.random().description.prefix(8))"
            try await Migrator(client: database.owner, logger: logger).migrate()
            try await database.owner.executeScript("CREATE ROLE \(name) LOGIN")
            var configuration = database.ownerConfiguration
            configuration.role = name
            for isMember in [false, true] {
                if isMember { try await database.owner.executeScript("GRANT packaging_app TO \(name)") }
                let client = PostgresClient(configuration: configuration, logger: logger)
                let rights = try await Migrator(client: client, logger: logger).rights()
                #expect(
                    rights == SchemaRights(role: name, hasSchema: true, mayMigrate: false, mayServe: isMember)
                )
                await client.close()
            }
            try await database.owner.executeScript("DROP OWNED BY \(name); DROP ROLE \(name)")
        }
    }
}
