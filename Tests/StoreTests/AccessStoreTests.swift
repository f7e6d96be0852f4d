import DatabaseTestSupport
import Model
import Postgres
import Store
import Testing

@Suite("Access")
struct AccessStoreTests {
    @Test("a caller has one row, however many calls come first at once, and kinds do not mix")
    func principals() async throws {
        try await withStore { fixture in
            let store = fixture.store.access
            let ids = try await withThrowingTaskGroup(of: UserID.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await store.id(of: .user("ada"), tenant: fixture.tenant) }
                }
                return try await group.reduce(into: Set<UserID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let service = try await store.id(of: .service("ada"), tenant: fixture.tenant)
            #expect(!ids.contains(service))
        }
    }

    @Test("a role is found by whatever names the project, in one's own tenant alone")
    func roles() async throws {
        try await withStore { fixture in
            let store = fixture.store.access
            let claim = try await fixture.running()
            let ada = try await store.id(of: .user("ada"), tenant: fixture.tenant)
            let names: [NamedThing] = [
                .project("book"), .project(claim.project.description), .job(claim.job.description),
                .batch(claim.batch.description),
            ]
            for name in names {
                let none = try await store.role(of: ada, on: name, tenant: fixture.tenant)
                #expect(none?.project == claim.project && none?.role == nil, "\(name)")
            }
            _ = try await store.putGrant(.packager, to: "ada", on: claim.project, by: ada, tenant: fixture.tenant)
            let other = try await fixture.newTenant("other").tenant
            for name in names {
                #expect(try await store.role(of: ada, on: name, tenant: fixture.tenant)?.role == .packager, "\(name)")
                #expect(try await store.role(of: ada, on: name, tenant: other) == nil, "\(name)")
            }
            for name in [NamedThing.job("no uuid"), .project("nothing"), .package(claim.job.description)] {
                #expect(try await store.role(of: ada, on: name, tenant: fixture.tenant) == nil, "\(name)")
            }
        }
    }

    @Test("the only owner cannot leave, two can leave one after the other, and every change raises the version")
    func grants() async throws {
        try await withStore { fixture in
            let store = fixture.store.access
            let project = try await fixture.project()
            let (ada, max) = (
                try await store.id(of: .user("ada"), tenant: fixture.tenant),
                try await store.id(of: .user("max"), tenant: fixture.tenant)
            )
            let before = try await store.version(tenant: fixture.tenant)
            _ = try await store.putGrant(.owner, to: "ada", on: project, by: ada, tenant: fixture.tenant)
            #expect(try await store.version(tenant: fixture.tenant) == before + 1)
            for leaves in [
                { _ = try await store.deleteGrant(of: "ada", on: project, by: ada, tenant: fixture.tenant) },
                { _ = try await store.putGrant(.reader, to: "ada", on: project, by: ada, tenant: fixture.tenant) },
            ] as [() async throws -> Void] {
                let refused = await #expect(throws: PackagingError.self) { try await leaves() }
                #expect(refused?.reason == "LAST_OWNER")
            }
            _ = try await store.putGrant(.owner, to: "max", on: project, by: ada, tenant: fixture.tenant)
            // Of two who leave at the same moment, one stays.
            let left = await withTaskGroup(of: Bool.self) { group in
                for (name, id) in [("ada", ada), ("max", max)] {
                    group.addTask {
                        (try? await store.deleteGrant(of: name, on: project, by: id, tenant: fixture.tenant)) == true
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(left == 1)
            let grants = try await store.grants(on: project, after: "", limit: 10, tenant: fixture.tenant)
            #expect(grants.count == 1 && grants[0].role == .owner)
            #expect(try await store.deleteGrant(of: "nobody", on: project, by: ada, tenant: fixture.tenant) == false)
        }
    }

    @Test("a revocation never lies in the future and never goes back, and ended tokens are not in the list")
    func revocations() async throws {
        try await withStore { fixture in
            let store = fixture.store.access
            let me = try await store.id(of: .localOperator, tenant: fixture.tenant)
            func revoke(_ time: Instant?) async throws -> Instant {
                try await store.revoke(.user("ada"), issuedBefore: time, by: me, tenant: fixture.tenant).issuedBefore
            }
            let now = try await revoke(nil)
            #expect(try await revoke(now + .seconds(3600)) < now + .seconds(60))
            #expect(try await revoke(Instant(microseconds: 0)) >= now)
            _ = try await store.revoke(token: "live", until: now + .seconds(60), by: me, tenant: fixture.tenant)
            _ = try await store.revoke(token: "ended", until: Instant(microseconds: 0), by: me, tenant: fixture.tenant)
            let list = try await store.revocationList(tenant: fixture.tenant)
            #expect(list.tokens == ["live"])
            #expect(list.notBefore.keys.sorted { $0.name < $1.name } == [.user("ada")])
            #expect(list.version == (try await store.version(tenant: fixture.tenant)))
            let shown = try await store.revocations(skipping: 0, limit: 10, tenant: fixture.tenant)
            #expect(shown.count == 2 && shown.allSatisfy { $0.createdBy == "operator" })
            #expect(try await store.revocations(skipping: 1, limit: 10, tenant: fixture.tenant).count == 1)
            let other = try await fixture.newTenant("other").tenant
            #expect(try await store.revocationList(tenant: other).tokens.isEmpty)
            #expect(try await fixture.store.history.removeAudit(limit: 10) == 1, "the ended token's row")
        }
    }

    @Test("entries of the audit are added and never changed, seen by their tenant, and nobody's by the operator alone")
    func audit() async throws {
        try await withStore { fixture in
            let store = fixture.store.access
            func entry(_ actor: String, _ outcome: String) -> AuditEntry {
                AuditEntry(
                    actor: actor,
                    method: "Packaging/CreateAll",
                    target: String(repeating: "x", count: 1000),
                    outcome: outcome,
                    callID: "c",
                    peer: "uid:0"
                )
            }
            for number in 1...3 { try await store.record(entry("user:\(number)", "OK"), tenant: fixture.tenant) }
            try await store.record(entry("", "UNAUTHENTICATED"), tenant: nil)
            let other = try await fixture.newTenant("other").tenant
            let first = try await store.audit(before: nil, limit: 2, tenant: fixture.tenant, name: "local")
            #expect(first.map(\.actor) == ["user:3", "user:2"])
            #expect(first[0].target.count == AuditEntry.maximumTextLength)
            let rest = try await store.audit(before: first.last?.id, limit: 9, tenant: fixture.tenant, name: "local")
            #expect(rest.map(\.actor) == ["user:1"])
            #expect(try await store.audit(before: nil, limit: 9, tenant: other, name: "other").isEmpty)
            let all = try await store.auditOfAll(before: nil, limit: 9)
            #expect(all.map(\.tenant) == ["", "local", "local", "local"])
            for change in ["UPDATE packaging.audit SET actor = 'me'", "DELETE FROM packaging.audit"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await fixture.database.app.execute(
                        SQL(unescaped: change),
                        settings: [("packaging.tenant", fixture.tenant.description)]
                    )
                }
                #expect(error?.sqlState == .insufficientPrivilege, "\(change)")
            }
        }
    }

    @Test("a user owns what it imports first, and changes no book of others, nor learns of one that it may not see")
    func imports() async throws {
        try await withStore { fixture in
            let store = fixture.store.access
            let (ada, eve) = (
                try await store.id(of: .user("ada"), tenant: fixture.tenant),
                try await store.id(of: .user("eve"), tenant: fixture.tenant)
            )
            func importBook(_ user: UserID, slug: String?) async throws -> ImportResult {
                var header = ImportHeader(metadata: BookMetadata(title: "The Book"))
                (header.slug, header.user, header.origin) = (slug, user, "origin of \(user)")
                let id = try await fixture.store.projects.beginImport(header, tenant: fixture.tenant)
                let page = ImportPage(
                    chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)],
                    segments: [ImportPage.Segment(chapter: 1, position: 1, text: "a")]
                )
                try await fixture.store.projects.append(page, to: id, tenant: fixture.tenant)
                return try await fixture.store.projects.commitImport(id, tenant: fixture.tenant)
            }
            func reason(_ user: UserID, slug: String?) async -> String? {
                let error = await #expect(throws: PackagingError.self) { try await importBook(user, slug: slug) }
                #expect(error.map { "\($0)".contains("The Book") } == false, "the title is told")
                return error?.reason
            }
            let made = try await importBook(ada, slug: "mine")
            let role = try await store.role(of: ada, on: .project("mine"), tenant: fixture.tenant)
            #expect(role?.project == made.project && role?.role == .owner)
            #expect(try await importBook(ada, slug: "mine").created == false)
            #expect(await reason(eve, slug: "mine") == "SLUG_NOT_FREE")
            _ = try await store.putGrant(.packager, to: "eve", on: made.project, by: ada, tenant: fixture.tenant)
            #expect(await reason(eve, slug: "mine") == "ROLE_REQUIRED")
            // By its title, the book of a user who knows of none gets a slug of its own.
            #expect(try await importBook(ada, slug: nil).slug == "the-book")
            #expect(try await importBook(eve, slug: nil).slug == "the-book-2")
            let shown = try await fixture.store.projects.projects(limit: 10, grantedTo: eve, tenant: fixture.tenant)
            #expect(shown.elements.map(\.slug).sorted() == ["mine", "the-book-2"])
            // A service has all books.
            let service = try await store.id(of: .service("shop"), tenant: fixture.tenant)
            #expect(try await importBook(service, slug: "mine").created == false)
        }
    }
}
