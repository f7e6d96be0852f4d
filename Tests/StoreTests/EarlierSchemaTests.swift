import DatabaseTestSupport
import Foundation
import Logging
import Model
import Postgres
import TestSupport
import Testing

@testable import Store

@Suite("A database of commit 89512b2", .serialized)
struct EarlierSchemaTests {
    private let logger = Logger(label: "test")

    /// Applies the files of commit 89512b2 as it did: all of them, or the first `count`.
    private func makeEarlier(_ owner: PostgresClient, count: Int = 12) async throws {
        try await owner.executeScript(
            """
            CREATE SCHEMA packaging;
            CREATE TABLE packaging.schema_migrations (
                version integer PRIMARY KEY,
                name text NOT NULL,
                sha256 bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            ALTER TABLE packaging.schema_migrations ENABLE ROW LEVEL SECURITY;
            """
        )
        let folder = SourceFiles.resource("89512b2-migrations")
        for (file, known) in zip(try SourceFiles.names(in: folder), EarlierSchema.migrations).prefix(count) {
            let script = try SourceFiles.text(folder.appending(path: file))
            try await owner.executeScript(script)
            try await owner.execute(
                """
                INSERT INTO packaging.schema_migrations (version, name, sha256)
                VALUES (\(known.step.version), \(known.step.name), sha256(\(Array(script.utf8))))
                """
            )
        }
    }

    /// Columns that migrations since then drop or add.
    private static let changed =
        "{draft_plan, wait_count, removed_sequence, has_events, reuses_package, awaited_audio_sha256, awaited_text, "
        + "awaited_cover_sha256, origin, replaces, error_reason, kind, "
        + "not_before, not_before_set_at, not_before_set_by, granted_at, granted_by}"

    /// All rows of all tables as JSON, without what the upgrade is meant to change.
    private func rows(_ owner: PostgresClient) async throws -> [String: [String]] {
        let tables = try await owner.query(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'packaging'::regnamespace AND relkind = 'r'
                AND relname NOT IN (
                    'schema_migrations', 'schema_functions', 'queue_settings', 'current_packages', 'speech',
                    'project_speech', 'access_versions', 'revoked_tokens', 'audit'
                )
            """
        ).map { try $0.decode(String.self, "relname") }
        var rows: [String: [String]] = [:]
        for table in tables {
            rows[table] = try await owner.query(
                SQL(
                    unescaped:
                        "SELECT (to_jsonb(t) - '\(Self.changed)'::text[])::text AS line FROM packaging.\(table) AS t"
                )
            ).map { try $0.decode(String.self, "line") }.sorted()
        }
        return rows
    }

    @Test("the baseline makes exactly the tables of that commit")
    func baseline() async throws {
        let earlier = try await withDatabase { database in
            try await makeEarlier(database.owner)
            return try await CatalogDescription.tables(database.owner)
        }
        try await withDatabase { database in
            try await Migrator(client: database.owner, logger: logger, migrations: Migration.baseline).migrate()
            let now = try await CatalogDescription.tables(database.owner)
            #expect(now == earlier)
            #expect(now.count > 400)
        }
    }

    @Test("an upgrade keeps all rows, and its schema is that of a new database")
    func upgrade() async throws {
        let (newTables, newRoutines) = try await withDatabase { database in
            try await Migrator(client: database.owner, logger: logger).migrate()
            return (
                try await CatalogDescription.tables(database.owner),
                try await CatalogDescription.routines(database.owner)
            )
        }
        try await withDatabase { database in
            let owner = database.owner
            try await makeEarlier(owner)
            try await owner.executeScript(try SourceFiles.text(SourceFiles.resource("89512b2-rows.sql")))
            let before = try await rows(owner)
            #expect(before.values.allSatisfy { !$0.isEmpty }, "a table without rows is not tested")

            let migrator = Migrator(client: owner, logger: logger)
            let state = try await migrator.state()
            #expect(state.isEarlierSchema && state.pending == Migration.all.dropFirst(3).map(\.step))
            try state.checkKnown()
            #expect(throws: PackagingError.self) { try state.check() }
            #expect(try await migrator.migrate().migrations == state.pending)

            let after = try await migrator.state()
            try after.check()
            #expect(after.applied.map(\.step) == Migration.all.map(\.step))
            #expect(try await rows(owner) == before)
            try await expectCurrentPackages(owner)
            #expect(try await CatalogDescription.tables(owner) == newTables)
            #expect(try await CatalogDescription.routines(owner) == newRoutines)
            #expect(try await migrator.migrate() == SchemaChanges())
        }
    }

    /// Checks that each platform with packages has got the one of its latest completed job as its current package.
    private func expectCurrentPackages(_ owner: PostgresClient) async throws {
        let rows = try await owner.query(
            """
            SELECT p.id, c.package_id, c.asked_at = j.created_at AS is_of_job
            FROM packaging.packages AS p
                JOIN packaging.packaging_jobs AS j ON j.tenant_id = p.tenant_id AND j.id = p.job_id
                LEFT JOIN packaging.current_packages AS c ON c.tenant_id = p.tenant_id
                    AND c.project_id = p.project_id AND c.platform_id = p.platform_id
            """
        )
        #expect(!rows.isEmpty)
        for row in rows {
            #expect(try row.decode(PackageID?.self, "package_id") == row.decode(PackageID.self, "id"))
            #expect(try row.decode(Bool?.self, "is_of_job") == true)
        }
    }

    @Test("an attempt that was running is finished after the upgrade, and the queued job is claimed")
    func running() async throws {
        try await withDatabase { database in
            try await makeEarlier(database.owner)
            try await database.owner.executeScript(try SourceFiles.text(SourceFiles.resource("89512b2-rows.sql")))
            try await Migrator(client: database.owner, logger: logger).migrate()
            let fixture = StoreFixture(store: Store(client: database.app), database: database)
            try await fixture.store.checkSchema()
            let row = try #require(
                try await database.owner.query(
                    """
                    SELECT j.project_id, j.batch_id, j.id, j.epoch, a.blob_container, a.blob_path
                    FROM packaging.packaging_jobs AS j
                        JOIN packaging.job_attempts AS a ON a.job_id = j.id AND a.epoch = j.epoch
                    WHERE j.platform_id = 'google'
                    """
                ).first
            )
            let claim = Claim(
                tenant: fixture.tenant,
                project: try row.decode("project_id"),
                batch: try row.decode("batch_id"),
                job: try row.decode("id"),
                platform: .google,
                epoch: Epoch(try row.decode("epoch")),
                attempt: 1,
                location: BlobLocation(container: try row.decode("blob_container"), path: try row.decode("blob_path")),
                lease: .seconds(15)
            )
            #expect(try await fixture.jobs.finish(claim, fixture.package()).isFinished)
            #expect(try await fixture.claimOne().platform == .kobo)
        }
    }

    @Test("an owner without superuser rights can upgrade it")
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
            try await makeEarlier(modest)
            try await database.owner.executeScript(try SourceFiles.text(SourceFiles.resource("89512b2-rows.sql")))
            let migrator = Migrator(client: modest, logger: logger)
            try await migrator.migrate(lease: 20)
            try await expectCurrentPackages(database.owner)
            try await migrator.state().check()
            #expect(try await migrator.lease() == 20)
            // Replacing functions that the scheduler owns needs no further rights.
            try await modest.executeScript("UPDATE packaging.schema_functions SET sha256 = sha256('')")
            #expect(try await migrator.migrate().functions.count == SchemaFunction.all.count)
            await modest.close()
            try await database.owner.executeScript("DROP OWNED BY \(name) CASCADE; DROP ROLE \(name)")
        }
    }

    @Test("a database older than the commit is refused, and the error says what to do")
    func older() async throws {
        try await withDatabase { database in
            try await makeEarlier(database.owner, count: 9)
            let migrator = Migrator(client: database.owner, logger: logger)
            let error = await #expect(throws: PackagingError.self) { try await migrator.migrate() }
            #expect(error?.reason == "DATABASE_TOO_OLD")
            #expect(
                error?.message
                    == "the database was made before commit 89512b2 and cannot be upgraded: its last migration is 9 "
                    + "\"schema state\""
            )
            #expect(error?.hint?.contains("of commit 89512b2 first") == true)
            #expect(try await migrator.state().applied.count == 9, "nothing was changed")
        }
    }

    @Test("a database whose migrations differ from those of the commit is refused and not changed")
    func edited() async throws {
        try await withDatabase { database in
            try await makeEarlier(database.owner)
            try await database.owner.executeScript(
                "UPDATE packaging.schema_migrations SET sha256 = sha256('edited') WHERE version = 5"
            )
            let migrator = Migrator(client: database.owner, logger: logger)
            let error = await #expect(throws: PackagingError.self) { try await migrator.migrate() }
            #expect(error?.reason == "DATABASE_TOO_OLD")
            #expect(try await migrator.state().applied.count == 12)
        }
    }
}
