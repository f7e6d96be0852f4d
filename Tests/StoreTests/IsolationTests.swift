import DatabaseTestSupport
import Model
import Postgres
import Store
import Testing

@Suite("Tenants are kept apart", .serialized)
struct IsolationTests {
    /// Tables that hold no tenant's data.
    private static let common = "'queue_settings', 'schema_functions', 'schema_migrations'"

    /// Every table of the schema that holds data of tenants. The list comes from the catalog, so that a new table
    /// cannot be forgotten here.
    private func tables(_ fixture: StoreFixture) async throws -> [String] {
        try await fixture.database.owner.query(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'packaging'::regnamespace AND relkind IN ('r', 'p')
                AND relname NOT IN (\(unescaped: Self.common)) ORDER BY relname
            """
        ).map { row in try row.decode("relname") }
    }

    /// Adds rows to every table for the local tenant.
    private func fill(_ fixture: StoreFixture) async throws {
        try await fixture.importBook([("One", [SegmentRow("a", audio: "a")])])
        guard let project = try await fixture.store.projects.id(of: "book", tenant: fixture.tenant) else { return }
        try await fixture.record("a", project)
        let book = try await fixture.importBook([("One", [SegmentRow("said")])], slug: "spoken")
        let key = SpeechKey(voice: Voice(provider: "espeak", name: "en"), language: "en", text: digest("said"))
        let said = StoredAudio(audio: audio("said"), provenance: "espeak", speech: key)
        try await fixture.store.audio.record(spoken: [said], tenant: fixture.tenant)
        _ = try await fixture.store.audio.attach(
            spoken: [try await fixture.snapshot(book.project).chapters[0].segments[0].id: digest("said")],
            project: book.project,
            revision: book.revision,
            tenant: fixture.tenant
        )
        let request = NewBatch.Request(id: "r", digest: digest("r"))
        let batch = NewBatch(project: project, platforms: [.google], request: request)
        _ = try await fixture.jobs.create(batch, tenant: fixture.tenant)
        let claim = try await fixture.claimOne()
        var package = fixture.package()
        let chapter = PackagedChapter(encode: digest("e"), offset: 0, bytes: 1, sha256: digest("a"))
        package.chapters = [chapter]
        _ = try await fixture.jobs.finish(claim, package)
        let open = try await fixture.store.projects.beginImport(
            ImportHeader(metadata: BookMetadata(title: "T")),
            tenant: fixture.tenant
        )
        let page = ImportPage(
            chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)],
            segments: [ImportPage.Segment(chapter: 1, position: 1, text: "a")]
        )
        try await fixture.store.projects.append(page, to: open, tenant: fixture.tenant)
        try await fixture.database.owner.executeScript(
            """
            INSERT INTO packaging.users (tenant_id, subject) VALUES ('\(fixture.tenant)', 'u');
            INSERT INTO packaging.grants (tenant_id, project_id, user_id, role)
            SELECT tenant_id, '\(project)', id, 'owner' FROM packaging.users;
            INSERT INTO packaging.revoked_tokens (tenant_id, token_id, expires_at)
            VALUES ('\(fixture.tenant)', 't', packaging.now());
            INSERT INTO packaging.audit (tenant_id, actor, method, target, outcome, call_id, peer)
            VALUES ('\(fixture.tenant)', 'user:u', 'm', 't', 'OK', 'c', 'p');
            INSERT INTO packaging.blob_removals (tenant_id, blob_container, blob_path, created_at, due_at)
            VALUES ('\(fixture.tenant)', 'c', 'p', packaging.now(), packaging.now());
            """
        )
    }

    @Test("row level security is forced on every table and every key begins with the tenant")
    func forced() async throws {
        try await withStore { fixture in
            let open = try await fixture.database.owner.query(
                """
                SELECT c.relname FROM pg_class AS c
                WHERE c.relnamespace = 'packaging'::regnamespace AND c.relkind IN ('r', 'p')
                    AND c.relname NOT IN (\(unescaped: Self.common))
                    AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                """
            )
            #expect(open.isEmpty)
            let policies = try await fixture.database.owner.query(
                """
                SELECT c.relname FROM pg_class AS c
                    LEFT JOIN pg_policies AS p ON p.schemaname = 'packaging' AND p.tablename = c.relname
                WHERE c.relnamespace = 'packaging'::regnamespace AND c.relkind IN ('r', 'p')
                    AND c.relname NOT IN (\(unescaped: Self.common))
                GROUP BY c.relname
                HAVING count(*) FILTER (WHERE policyname = 'tenant' AND cmd = 'ALL' AND qual = with_check
                        AND qual LIKE '%packaging.tenant%') <> 1
                    OR count(*) FILTER (WHERE policyname <> 'tenant' AND roles <> '{packaging_scheduler}') > 0
                """
            )
            #expect(try policies.map { try $0.decode(String.self, "relname") } == [])
            let keys = try await fixture.database.owner.query(
                """
                SELECT i.indexrelid::regclass::text AS key FROM pg_index AS i
                    JOIN pg_class AS c ON c.oid = i.indrelid
                    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE c.relnamespace = 'packaging'::regnamespace AND i.indisunique
                    AND a.attname <> 'tenant_id' AND c.relname NOT IN (\(unescaped: Self.common), 'tenants')
                """
            )
            #expect(try keys.map { try $0.decode(String.self, "key") } == [])
            let foreignKeys = try await fixture.database.owner.query(
                """
                SELECT conname FROM pg_constraint AS f JOIN pg_attribute AS a
                    ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
                WHERE f.connamespace = 'packaging'::regnamespace AND f.contype = 'f' AND a.attname <> 'tenant_id'
                """
            )
            #expect(try foreignKeys.map { try $0.decode(String.self, "conname") } == [])
        }
    }

    @Test("without a tenant, or as another, no table shows or changes a row", arguments: ["", "someone else"])
    func closed(who: String) async throws {
        try await withStore { fixture in
            try await fill(fixture)
            let other = try await fixture.newTenant("other")
            let settings = [("packaging.tenant", who.isEmpty ? "" : other.tenant.description)]
            for table in try await tables(fixture) {
                let mine = table == "tenants" ? "id = '\(fixture.tenant)'" : "tenant_id = '\(fixture.tenant)'"
                let there = try await fixture.database.owner.query(
                    SQL(unescaped: "SELECT FROM packaging.\(table) WHERE \(mine)")
                )
                #expect(!there.isEmpty, "\(table) is empty, so nothing is shown by this test")
                let app = fixture.database.app
                let seen = try await app.query(
                    SQL(unescaped: "SELECT FROM packaging.\(table) WHERE \(mine)"),
                    settings: settings
                )
                #expect(seen.isEmpty, "\(table) is seen")
                for write in [
                    "DELETE FROM packaging.\(table) WHERE \(mine)",
                    "UPDATE packaging.\(table) SET \(key(table)) WHERE \(mine)",
                ] {
                    // Either the right is not granted at all, or no row is visible that could be written.
                    let rows = try? await app.execute(SQL(unescaped: write), settings: settings)
                    #expect((rows ?? 0) == 0, "\(write) wrote")
                }
            }
        }
    }

    private func key(_ table: String) -> String { table == "tenants" ? "id = id" : "tenant_id = tenant_id" }

    @Test("a row of one tenant cannot refer to a row of another")
    func foreignKeys() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            let other = try await fixture.newTenant("other")
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.database.app.execute(
                    """
                    INSERT INTO packaging.chapters (tenant_id, project_id, position, title, kind)
                    VALUES (\(other.tenant), \(project), 1, 'x', 'chapter')
                    """,
                    settings: [("packaging.tenant", other.tenant.description)]
                )
            }
            #expect(error?.sqlState == .foreignKeyViolation)
        }
    }

    @Test("a daemon whose role is not bound by row level security gets an error")
    func role() async throws {
        try await withStore { fixture in
            try await fixture.store.checkRole()
            let error = await #expect(throws: PackagingError.self) {
                try await Store(client: fixture.database.owner).checkRole()
            }
            #expect(error?.reason == "ROLE_UNBOUND")
        }
    }

    @Test("a tenant cannot write rows in the name of another tenant")
    func foreignRows() async throws {
        try await withStore { fixture in
            let other = try await fixture.newTenant("other")
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.database.app.execute(
                    "INSERT INTO packaging.users (tenant_id, subject) VALUES (\(fixture.tenant), 'intruder')",
                    settings: [("packaging.tenant", other.tenant.description)]
                )
            }
            #expect(error?.sqlState == .insufficientPrivilege)
        }
    }

    @Test("no call finds another tenant's ids")
    func calls() async throws {
        try await withStore { fixture in
            let claim = try await fixture.running()
            let stranger = try await fixture.newTenant("stranger").tenant
            let store = fixture.store
            #expect(try await store.projects.project("book", tenant: stranger) == nil)
            #expect(try await store.projects.project(claim.project.description, tenant: stranger) == nil)
            #expect(try await store.projects.snapshot(of: claim.project, tenant: stranger) == nil)
            #expect(try await store.projects.projects(limit: 10, tenant: stranger).elements.isEmpty)
            #expect(try await store.jobs.job(claim.job, tenant: stranger) == nil)
            #expect(try await store.jobs.cancel(claim.job, tenant: stranger) == nil)
            #expect(try await store.jobs.batch(claim.batch, tenant: stranger) == nil)
            #expect(try await store.events.events(of: .job(claim.job), tenant: stranger).isEmpty)
            var stolen = claim
            stolen.tenant = stranger
            #expect(try await store.jobs.finish(stolen, fixture.package()) == .notYours)
            #expect(try await fixture.job(claim.job).status == .downloadingAudio)
        }
    }

    @Test("a function that reads across tenants has a fixed search path and belongs to a role with no other rights")
    func definers() async throws {
        try await withStore { fixture in
            let functions = try await fixture.database.owner.query(
                """
                SELECT proname FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner
                WHERE pronamespace = 'packaging'::regnamespace AND prosecdef
                    AND (rolname <> 'packaging_scheduler' OR rolcanlogin
                        OR NOT 'search_path=pg_catalog, pg_temp' = ANY (COALESCE(proconfig, '{}')))
                """
            )
            #expect(functions.isEmpty)
            let open = try await fixture.database.owner.query(
                """
                SELECT proname FROM pg_proc WHERE pronamespace = 'packaging'::regnamespace
                    AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))
                """
            )
            #expect(open.isEmpty, "everybody may run a function")
        }
    }
}
