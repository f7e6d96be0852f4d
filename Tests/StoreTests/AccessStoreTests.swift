import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store
import Testing

@Suite("Who may do what", .serialized)
struct AccessStoreTests {
    private func user(_ name: String, _ fixture: StoreFixture) async throws -> UserID {
        try await fixture.store.access.id(of: .user(name), tenant: fixture.tenant)
    }

    private func grant(
        _ role: ProjectRole,
        _ user: String,
        _ project: ProjectID,
        by giver: UserID,
        _ fixture: StoreFixture
    ) async throws {
        _ = try await fixture.store.access.putGrant(role, to: user, on: project, by: giver, tenant: fixture.tenant)
    }

    @Test("a caller has one row, however many calls come first at the same time, and each kind its own")
    func principals() async throws {
        try await withStore { fixture in
            let access = fixture.store.access
            let tenant = fixture.tenant
            let ids = try await withThrowingTaskGroup(of: UserID.self) { group in
                for _ in 0..<20 { group.addTask { try await access.id(of: .user("ada"), tenant: tenant) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let others = [
                try await access.id(of: .service("ada"), tenant: tenant),
                try await access.id(of: .localOperator, tenant: tenant),
                try await access.id(of: .user("\u{E9}"), tenant: tenant),
                try await access.id(of: .user("e\u{301}"), tenant: tenant),
                try await access.id(of: .user("ada"), tenant: try await fixture.newTenant("other").tenant),
            ]
            #expect(Set(others).union(ids).count == 6)
        }
    }

    @Test("a role is given, changed and taken, each raises the version, and the only owner cannot leave")
    func grants() async throws {
        try await withStore { fixture in
            let access = fixture.store.access
            let tenant = fixture.tenant
            let project = try await fixture.project()
            let ada = try await user("ada", fixture)
            let boss = try await access.id(of: .service("boss"), tenant: tenant)
            var version = try await access.version(tenant: tenant)
            func rose() async throws -> Bool {
                defer { version += 1 }
                return try await access.version(tenant: tenant) == version + 1
            }
            #expect(try await access.role(of: ada, on: .project("book"), tenant: tenant)?.role == nil)
            try await grant(.owner, "ada", project, by: boss, fixture)
            #expect(try await rose())
            #expect(try await access.role(of: ada, on: .project("book"), tenant: tenant)?.role == .owner)

            let last = await #expect(throws: PackagingError.self) {
                try await grant(.packager, "ada", project, by: ada, fixture)
            }
            #expect(last?.reason == "LAST_OWNER")
            let alone = await #expect(throws: PackagingError.self) {
                _ = try await access.deleteGrant(of: "ada", on: project, by: ada, tenant: tenant)
            }
            #expect(alone?.reason == "LAST_OWNER" && alone?.code == .failedPrecondition)
            #expect(try await access.version(tenant: tenant) == version)

            try await grant(.owner, "bob", project, by: ada, fixture)
            #expect(try await rose())
            try await grant(.reader, "ada", project, by: ada, fixture)
            #expect(try await rose())
            let listed = try await access.grants(on: project, after: "", limit: 10, tenant: tenant)
            #expect(listed.map(\.user) == ["ada", "bob"] && listed.map(\.role) == [.reader, .owner])
            #expect(listed.map(\.grantedBy) == ["user:ada", "user:ada"])
            #expect(
                try await access.grants(on: project, after: "ada", limit: 10, tenant: tenant).map(\.user) == ["bob"]
            )

            #expect(try await access.deleteGrant(of: "ada", on: project, by: boss, tenant: tenant))
            #expect(try await rose())
            #expect(try await !access.deleteGrant(of: "ada", on: project, by: boss, tenant: tenant))
            #expect(try await !access.deleteGrant(of: "nobody", on: project, by: boss, tenant: tenant))
            // A service may take the last owner's role: it has all projects.
            #expect(try await access.deleteGrant(of: "bob", on: project, by: boss, tenant: tenant))

            let other = try await fixture.newTenant("other")
            let stranger = try await access.id(of: .service("boss"), tenant: other.tenant)
            let foreign = await #expect(throws: PackagingError.self) {
                try await grant(.owner, "eve", project, by: stranger, other)
            }
            #expect(foreign?.code == .notFound)
        }
    }

    @Test("of two owners who leave at the same time, one stays")
    func leaving() async throws {
        try await withStore { fixture in
            let access = fixture.store.access
            let tenant = fixture.tenant
            let boss = try await access.id(of: .service("boss"), tenant: tenant)
            for round in 0..<10 {
                let project = try await fixture.project("book-\(round)")
                var owners: [(String, UserID)] = []
                for name in ["ada", "bob"] {
                    try await grant(.owner, name, project, by: boss, fixture)
                    owners.append((name, try await user(name, fixture)))
                }
                let left = await withTaskGroup(of: Bool.self) { group in
                    for (name, id) in owners {
                        group.addTask {
                            (try? await access.deleteGrant(of: name, on: project, by: id, tenant: tenant)) == true
                        }
                    }
                    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(left == 1)
                #expect(try await access.grants(on: project, after: "", limit: 9, tenant: tenant).count == 1)
            }
        }
    }

    @Test("a role is found by project, slug, job, batch and package, and by none of another tenant's")
    func roles() async throws {
        try await withStore { fixture in
            let access = fixture.store.access
            let claim = try await fixture.running()
            let job = try await fixture.job(claim.job)
            _ = try await fixture.jobs.finish(claim, fixture.package())
            let rows = try await fixture.database.owner.query("SELECT id::text AS id FROM packaging.packages")
            let package = try rows[0].decode(String.self, "id")
            let boss = try await access.id(of: .service("boss"), tenant: fixture.tenant)
            try await grant(.packager, "ada", job.project, by: boss, fixture)
            let things: [NamedThing] = [
                .project("book"), .project(job.project.description), .job(job.id.description),
                .batch(job.batch.description), .package(package),
            ]
            let (ada, eve) = (try await user("ada", fixture), try await user("eve", fixture))
            let other = try await fixture.newTenant("other")
            let stranger = try await user("ada", other)
            for thing in things {
                let found = try await access.role(of: ada, on: thing, tenant: fixture.tenant)
                #expect(found?.project == job.project && found?.role == .packager, "\(thing)")
                let none = try await access.role(of: eve, on: thing, tenant: fixture.tenant)
                #expect(none?.project == job.project && none?.role == nil, "\(thing)")
                #expect(try await access.role(of: stranger, on: thing, tenant: other.tenant) == nil, "\(thing)")
            }
            // An id of one kind is none of another, and what is no id names nothing.
            for thing in [
                NamedThing.job(package), .package(job.id.description), .batch(job.id.description), .job("book"),
                .package("no id"), .batch(""), .job("'"),
            ] {
                #expect(try await access.role(of: ada, on: thing, tenant: fixture.tenant) == nil, "\(thing)")
            }
        }
    }

    @Test("tokens are revoked within a limit, which those that have ended do not count for, and again at any time")
    func tokens() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let access = fixture.store.access
            let tenant = fixture.tenant
            let boss = try await access.id(of: .service("boss"), tenant: tenant)
            let clock = try await fixture.database.owner.query("SELECT packaging.now() AS now")
            let now = try clock[0].decode(Instant.self, "now")
            let before = try await access.version(tenant: tenant)
            let first = try await access.revoke(token: "t", until: now + .seconds(60), by: boss, tenant: tenant)
            #expect(first.createdAt == now && first.expiresAt == now + .seconds(60))
            #expect(try await access.version(tenant: tenant) == before + 1)
            try await fixture.database.owner.execute(
                """
                INSERT INTO packaging.revoked_tokens (tenant_id, token_id, expires_at)
                SELECT \(tenant), 'n' || n, packaging.now() + interval '1 hour' FROM generate_series(1, 9999) AS n
                """
            )
            let full = await #expect(throws: PackagingError.self) {
                _ = try await access.revoke(token: "new", until: now + .seconds(60), by: boss, tenant: tenant)
            }
            #expect(full?.reason == "REVOCATION_LIMIT" && full?.code == .resourceExhausted)
            // It never ends earlier than it was said to.
            let again = try await access.revoke(token: "t", until: now + .seconds(30), by: boss, tenant: tenant)
            #expect(again.expiresAt == now + .seconds(60))
            #expect(try await access.revocationList(tenant: tenant).tokens.count == 10_000)

            try await fixture.setClock(seconds: 61)
            #expect(try await !access.revocationList(tenant: tenant).tokens.contains("t"))
            _ = try await access.revoke(token: "new", until: now + .seconds(99), by: boss, tenant: tenant)
            #expect(try await access.revocationList(tenant: tenant).tokens.contains("new"))
            let other = try await fixture.newTenant("other")
            #expect(try await access.revocationList(tenant: other.tenant).tokens.isEmpty)
        }
    }

    @Test("the time of a user's revocation is never later than now, and never goes back")
    func users() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 100)
            let access = fixture.store.access
            let tenant = fixture.tenant
            let boss = try await access.id(of: .service("boss"), tenant: tenant)
            let clock = try await fixture.database.owner.query("SELECT packaging.now() AS now")
            let now = try clock[0].decode(Instant.self, "now")
            func revoke(_ seconds: Int?) async throws -> Instant {
                try await access.revoke(
                    .user("ada"),
                    issuedBefore: seconds.map { now + .seconds($0) },
                    by: boss,
                    tenant: tenant
                ).issuedBefore
            }
            #expect(try await revoke(-50) == now + .seconds(-50))
            #expect(try await revoke(-80) == now + .seconds(-50))
            #expect(try await revoke(1000) == now)
            #expect(try await revoke(-10) == now)
            try await fixture.setClock(seconds: 130)
            #expect(try await revoke(nil) == now + .seconds(30))
            let list = try await access.revocationList(tenant: tenant)
            #expect(list.notBefore == [.user("ada"): now + .seconds(30)])
            #expect(list.version == 5)
            let shown = try await access.revocations(skipping: 0, limit: 10, tenant: tenant)
            #expect(shown.map(\.subject) == [.principal(.user("ada"), issuedBefore: now + .seconds(30))])
            #expect(shown.map(\.createdBy) == ["service:boss"])
        }
    }

    // MARK: Audit

    private func entry(_ actor: String, _ target: String = "book") -> AuditEntry {
        AuditEntry(
            actor: actor,
            method: "Packaging/CreateAll",
            target: target,
            outcome: "OK",
            callID: "c",
            peer: "uid:0"
        )
    }

    @Test("a daemon adds to the audit, sees its tenant's part, and cannot change or remove any of it")
    func audit() async throws {
        try await withStore { fixture in
            let access = fixture.store.access
            let other = try await fixture.newTenant("other")
            for number in 1...3 { try await access.record(entry("user:\(number)"), tenant: fixture.tenant) }
            try await access.record(entry("service:x", String(repeating: "a", count: 999)), tenant: other.tenant)
            try await access.record(entry(""), tenant: nil)
            func mine(_ before: Int64?, _ limit: Int = 10) async throws -> [AuditEntry] {
                try await access.audit(before: before, limit: limit, tenant: fixture.tenant, name: "local")
            }
            let all = try await mine(nil)
            #expect(all.map(\.actor) == ["user:3", "user:2", "user:1"] && all.allSatisfy { $0.tenant == "local" })
            #expect(try await mine(nil, 1).map(\.actor) == ["user:3"])
            #expect(try await mine(all[0].id, 1).map(\.actor) == ["user:2"])
            let theirs = try await access.audit(before: nil, limit: 10, tenant: other.tenant, name: "other")
            #expect(theirs.map(\.target.count) == [256])

            let everywhere = try await access.auditOfAll(before: nil, limit: 10)
            #expect(everywhere.map(\.actor) == ["", "service:x", "user:3", "user:2", "user:1"])
            #expect(everywhere.map(\.tenant) == ["", "other", "local", "local", "local"])
            #expect(try await access.auditOfAll(before: everywhere[1].id, limit: 1).map(\.actor) == ["user:3"])

            for statement: SQL in [
                "UPDATE packaging.audit SET outcome = 'OK'", "DELETE FROM packaging.audit",
                "TRUNCATE packaging.audit",
            ] {
                let denied = await #expect(throws: PostgresError.self) {
                    try await fixture.database.app.execute(
                        statement,
                        settings: [("packaging.tenant", fixture.tenant.description)]
                    )
                }
                #expect(denied?.sqlState == .insufficientPrivilege)
            }
        }
    }

    @Test("entries go after 400 days or as many as are set, and revocations when their token has ended")
    func removal() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let access = fixture.store.access
            let history = fixture.store.history
            let day = 86_400.0
            let boss = try await access.id(of: .service("boss"), tenant: fixture.tenant)
            let clock = try await fixture.database.owner.query("SELECT packaging.now() AS now")
            let now = try clock[0].decode(Instant.self, "now")
            try await access.record(entry("old"), tenant: fixture.tenant)
            try await access.record(entry(""), tenant: nil)
            _ = try await access.revoke(token: "t", until: now + .seconds(60), by: boss, tenant: fixture.tenant)
            try await fixture.setClock(seconds: 59)
            #expect(try await history.removeAudit(limit: 10) == 0)
            try await fixture.setClock(seconds: 61)
            #expect(try await history.removeAudit(limit: 10) == 1)
            try await fixture.setClock(seconds: 20 * day)
            try await access.record(entry("new"), tenant: fixture.tenant)
            try await fixture.setClock(seconds: 400 * day - 1)
            #expect(try await history.removeAudit(limit: 10) == 0)
            try await fixture.setClock(seconds: 400 * day + 1)
            #expect(try await history.removeAudit(limit: 1) == 1)
            #expect(try await history.removeAudit(limit: 10) == 1)
            #expect(try await access.auditOfAll(before: nil, limit: 10).map(\.actor) == ["new"])
            let migrator = Migrator(client: fixture.database.owner, logger: Logger(label: "test"))
            try await migrator.migrate(keeping: Retention.Change(audit: 30))
            #expect(try await history.removeAudit(limit: 10) == 1)
        }
    }

    // MARK: Imports by users

    @Test("a user owns the book that the user imports, and changes none where another role is held, or none at all")
    func imports() async throws {
        try await withStore { fixture in
            let access = fixture.store.access
            let tenant = fixture.tenant
            let (ada, bob) = (try await user("ada", fixture), try await user("bob", fixture))
            let boss = try await access.id(of: .service("boss"), tenant: tenant)
            func importBook(_ slug: String?, _ title: String, by user: UserID) async throws -> ImportResult {
                let header = ImportHeader(slug: slug, metadata: BookMetadata(title: title), user: user)
                let id = try await fixture.store.projects.beginImport(header, tenant: tenant)
                let page = ImportPage(
                    chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)],
                    segments: [ImportPage.Segment(chapter: 1, position: 1, text: "a", audio: nil)]
                )
                try await fixture.store.projects.append(page, to: id, tenant: tenant)
                return try await fixture.store.projects.commitImport(id, tenant: tenant)
            }
            let version = try await access.version(tenant: tenant)
            let made = try await importBook("moon", "Secret title", by: ada)
            #expect(made.created)
            #expect(try await access.role(of: ada, on: .project("moon"), tenant: tenant)?.role == .owner)
            // Nobody loses anything by it, so no daemon need look, and the import does not hold the row of revocations.
            #expect(try await access.version(tenant: tenant) == version)
            #expect(try await !importBook("moon", "Secret title", by: ada).created)

            let hidden = await #expect(throws: PackagingError.self) {
                _ = try await importBook("moon", "Other", by: bob)
            }
            #expect(hidden?.reason == "SLUG_NOT_FREE" && hidden?.code == .alreadyExists)
            let told = "\(String(describing: hidden))"
            #expect(!told.contains("Secret") && !told.contains(made.project.description))

            let mine = try await importBook(nil, "Moon", by: bob)
            #expect(mine.created && mine.slug == "moon-2" && mine.project != made.project)

            try await grant(.packager, "bob", made.project, by: boss, fixture)
            let role = await #expect(throws: PackagingError.self) {
                _ = try await importBook("moon", "Other", by: bob)
            }
            #expect(role?.reason == "ROLE_REQUIRED" && role?.code == .permissionDenied)
            #expect(try await fixture.snapshot(made.project).metadata.title == "Secret title")

            let service = try await importBook("moon", "New title", by: boss)
            #expect(!service.created && service.project == made.project)
            #expect(try await access.grants(on: made.project, after: "", limit: 9, tenant: tenant).count == 2)
        }
    }
}
