import DatabaseTestSupport
import Model
import Postgres
import Store
import TestSupport
import Testing

@Suite("Existing packages are not made again", .serialized)
struct ReuseTests {
    private func create(
        _ fixture: StoreFixture,
        _ project: ProjectID,
        _ platforms: [Platform] = [.google],
        _ recipe: String = "recipe",
        validates: Bool = false,
        request: String? = nil
    ) async throws -> CreatedBatch {
        let batch = NewBatch(
            project: project,
            platforms: platforms,
            options: BatchOptions(validateAfterCreation: validates),
            request: request.map { NewBatch.Request(id: $0, digest: digest($0)) },
            recipes: Dictionary(uniqueKeysWithValues: platforms.map { ($0, digest(recipe)) })
        )
        return try await fixture.jobs.create(batch, tenant: fixture.tenant)
    }

    @Test("a job whose package exists ends at once with it, and has all events from queued to completed")
    func unchanged() async throws {
        try await withStore { fixture in
            let (package, claim) = try await fixture.made()
            let created = try await create(fixture, claim.project, [.google, .apple])
            #expect(!created.existing)
            #expect(created.jobs[.google]?.package?.id == package && created.jobs[.google]?.package?.version == 1)
            #expect(created.jobs[.google]?.existing == false && created.jobs[.apple]?.package == nil)
            let job = try await fixture.job(try #require(created.jobs[.google]).id)
            #expect(job.status == .completed && job.package == package && job.recipe == digest("recipe"))
            #expect(job.progressPercent == 100 && job.completedAt != nil && job.attempt == 0)

            let events = try await fixture.events(claim.project)
            #expect(events.map(\.sequence) == (1...events.count).map(Int64.init))
            let told = events.filter { $0.job == job.id }
            #expect(told.map(\.status) == [.queued, .completed])
            #expect(told.last?.package == package && told.last?.sequence == job.lastSequence)
            #expect(try await fixture.claimOne().platform == .apple)
            await #expect(throws: PackagingError.self, "there is nothing else to do") { try await fixture.claimOne() }
        }
    }

    @Test("a requested package is kept for 24 hours from the request, and an expired package is made again")
    func renewed() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (package, claim) = try await fixture.made()
            let first = try #require(try await fixture.store.packages.package(package, tenant: fixture.tenant))
                .expiresAt
            try await fixture.setClock(seconds: 86_399)
            #expect(try await create(fixture, claim.project).jobs[.google]?.package?.id == package)
            let renewed = try await fixture.store.packages.package(package, tenant: fixture.tenant)?.expiresAt
            #expect(renewed?.microseconds == first.microseconds + 86_399_000_000)
            try await fixture.setClock(seconds: 86_399 + 86_400)
            #expect(try await create(fixture, claim.project).jobs[.google]?.package == nil)
        }
    }

    @Test("no job ends with another recipe's or platform's package, or with bytes that are being deleted")
    func changed() async throws {
        try await withStore { fixture in
            let (_, claim) = try await fixture.made()
            func isThere(_ platform: Platform, _ recipe: String) async throws -> Bool {
                let created = try await create(fixture, claim.project, [platform], recipe)
                _ = try await fixture.jobs.cancel(batch: created.batch, tenant: fixture.tenant)
                return created.jobs[platform]?.package != nil
            }
            #expect(try await !isThere(.google, "other"))
            #expect(try await !isThere(.spotify, "recipe"))
            #expect(try await isThere(.google, "recipe"))
            // This state exists only for a moment during a deletion, and the rules of deletion do not let it last.
            let owner = fixture.database.owner
            try await owner.executeScript("ALTER TABLE packaging.objects DISABLE TRIGGER USER")
            let settings = [("packaging.tenant", fixture.tenant.description)]
            let deleting: SQL = "UPDATE packaging.objects SET state = 'deleting'"
            #expect(try await owner.execute(deleting, settings: settings) == 1)
            #expect(try await !isThere(.google, "recipe"))
        }
    }

    @Test("a request waits for a running deletion, and then has the package made again")
    func deletedMeanwhile() async throws {
        try await withStore { fixture in
            let (package, claim) = try await fixture.made()
            let owner = fixture.database.owner
            let settings = [("packaging.tenant", fixture.tenant.description)]
            let request = try await owner.withTransaction(settings: settings) { transaction in
                _ = try await transaction.query("SELECT packaging.delete_packages(\(fixture.tenant), \([package]))")
                let request = Task { try await create(fixture, claim.project) }
                let waiting: SQL = """
                    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """
                while try await owner.query(waiting).isEmpty { await Task.yield() }
                return request
            }
            #expect(try await request.value.jobs[.google]?.package == nil)
            #expect(try await fixture.claimOne().platform == .google)
        }
    }

    @Test("a package that is to be validated and was not yet gets a job, and a validated one gets none")
    func validated() async throws {
        try await withStore { fixture in
            let (_, claim) = try await fixture.made()
            let created = try await create(fixture, claim.project, validates: true)
            #expect(created.jobs[.google]?.package == nil)
            _ = try await fixture.jobs.cancel(batch: created.batch, tenant: fixture.tenant)
            let (valid, _) = try await fixture.made("valid", for: .acx, validation: .valid)
            let stored = try await fixture.store.packages.package(valid, tenant: fixture.tenant)
            #expect(stored?.isValidated == true && stored?.validation == .valid)
            let second = try await create(fixture, claim.project, [.acx], "valid", validates: true)
            #expect(second.jobs[.acx]?.package?.id == valid)
        }
    }

    @Test("a repeated request gets its first answer, even if the package is gone by then")
    func repeated() async throws {
        try await withStore { fixture in
            let (package, claim) = try await fixture.made()
            let first = try await create(fixture, claim.project, request: "once")
            #expect(first.jobs[.google]?.package?.id == package)
            try await fixture.setClock(seconds: 1_000_000_000)
            var again = try await create(fixture, claim.project, request: "once")
            #expect(again.repeated)
            again.repeated = false
            #expect(again == first)
        }
    }

    @Test("an attempt ends once with an existing package, but not with another platform's or a deleted one")
    func finishesWith() async throws {
        try await withStore { fixture in
            let (package, first) = try await fixture.made()
            try await fixture.submit(first.project, [.google, .acx])
            let claims = try await fixture.jobs.claim(owner: .random(), limit: 2)
            let google = try #require(claims.first { $0.platform == .google })
            let acx = try #require(claims.first { $0.platform == .acx })
            #expect(try await fixture.jobs.finish(acx, with: package) == .objectGone)
            #expect(try await fixture.jobs.finish(google, with: .random()) == .objectGone)
            for _ in 0..<2 {
                #expect(try await fixture.jobs.finish(google, with: package) == .finished(package: package, version: 1))
            }
            let told = try await fixture.events(first.project).filter { $0.job == google.job }
            #expect(told.map(\.status) == [.queued, .downloadingAudio, .completed])
            #expect(try await fixture.store.packages.usage(tenant: fixture.tenant).usedBytes == 1000)
            _ = try await fixture.jobs.cancel(acx.job, tenant: fixture.tenant)
            #expect(try await fixture.jobs.finish(acx, with: package) == .cancelRequested)
            #expect(try await fixture.jobs.giveUp(acx, .cancelled) == .cancelled)
            #expect(try await fixture.jobs.finish(acx, with: package) == .notYours)
        }
    }
}

extension StoreFixture {
    /// Makes a package of "book" by `recipe` for `platform`, and returns the package and its claim.
    func made(
        _ recipe: String = "recipe",
        for platform: Platform = .google,
        validation: ValidationReport? = nil,
        chapters: [PackagedChapter] = []
    ) async throws -> (package: PackageID, claim: Claim) {
        let known = try await store.projects.id(of: "book", tenant: tenant)
        let book = if let known { known } else { try await project() }
        try await submit(book, [platform])
        let claim = try await claimOne()
        _ = try await jobs.freezePlan("{}", recipes: [platform: digest(recipe)], claim: claim)
        var package = package()
        package.validation = validation
        package.chapters = chapters
        guard case .finished(let id, _) = try await jobs.finish(claim, package) else {
            throw PackagingError(.internal, "no package")
        }
        return (id, claim)
    }
}
