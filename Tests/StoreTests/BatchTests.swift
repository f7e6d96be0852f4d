import Model
import Store
import Testing

@Suite("Batches and packages", .serialized)
struct BatchTests {
    @Test("a repeated request id with the same body gets the first result, and with another body it is refused")
    func idempotency() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            var batch = NewBatch(
                project: project,
                platforms: [.google, .apple],
                options: BatchOptions(validateAfterCreation: true),
                request: NewBatch.Request(id: "once", digest: digest("body")),
                refused: [RefusedPlatform(platform: .kobo, reasons: ["é"])]
            )
            let first = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            #expect(Set(first.jobs.keys) == [.google, .apple] && !first.existing && !first.repeated)
            // The answer is the first one, although the jobs have ended since.
            _ = try await fixture.jobs.cancel(batch: first.batch, tenant: fixture.tenant)
            var again = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            #expect(again.repeated && again.refused == batch.refused)
            again.repeated = false
            #expect(again == first)
            #expect(try await fixture.jobs.batch(first.batch, tenant: fixture.tenant)?.options == batch.options)

            batch.request?.digest = digest("another body")
            let error = await #expect(throws: PackagingError.self) {
                try await fixture.jobs.create(batch, tenant: fixture.tenant)
            }
            #expect(error?.code == .alreadyExists)
            let other = try await fixture.newTenant("other")
            batch.project = try await other.project()
            #expect(try await !fixture.jobs.create(batch, tenant: other.tenant).repeated, "ids are the tenant's own")
        }
    }

    @Test("the same request sent many times at once makes the jobs once")
    func concurrentRequests() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            let request = NewBatch.Request(id: "once", digest: digest("body"))
            let batch = NewBatch(project: project, platforms: [.google], request: request)
            let answers = try await withThrowingTaskGroup(of: CreatedBatch.self) { group in
                for _ in 0..<8 { group.addTask { try await fixture.jobs.create(batch, tenant: fixture.tenant) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { !$0.repeated } == 1)
            #expect(Set(answers.map(\.batch)).count == 1)
        }
    }

    @Test("a platform that is being packaged gets no second job, and the answer names the existing job")
    func existing() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            let first = try await fixture.submit(project, [.google, .apple])
            let second = try await fixture.submit(project, [.google, .acx])
            #expect(second.jobs[.google]?.id == first.jobs[.google]?.id)
            #expect(second.jobs[.google]?.existing == true && second.jobs[.acx]?.existing == false)
            #expect(!second.existing && second.batch != first.batch)
            let third = try await fixture.submit(project, [.google, .apple])
            #expect(third.existing && third.batch == first.batch)
        }
    }

    @Test("a tenant starts no more jobs in any hour than its plan allows, even with many requests at once")
    func rate() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let tenant = try await fixture.newTenant("limited", perHour: 5)
            var projects: [ProjectID] = []
            for number in 0..<8 { projects.append(try await tenant.project("p\(number)")) }
            let started = await withTaskGroup(of: Bool.self) { group in
                for project in projects { group.addTask { (try? await tenant.submit(project)) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(started == 5)
            try await fixture.setClock(seconds: 600)
            let fresh = try await tenant.project("fresh")
            let error = await #expect(throws: PackagingError.self) { try await tenant.submit(fresh) }
            #expect(error?.code == .resourceExhausted && error?.retryAfter == .seconds(3000))
            #expect(
                error?.message
                    == "cannot start 1 job: tenant \"limited\" may start 5 jobs an hour and has started 5"
            )
            #expect(error?.detail?.wholeMatch(of: /The job can be started from \d\d:\d\d UTC\./) != nil)
            #expect(error?.metadata["limit"] == "5" && error?.metadata["used"] == "5")
            try await fixture.setClock(seconds: 3600)
            #expect(try await tenant.submit(fresh).jobs.count == 1)
        }
    }

    @Test("who asks for more jobs than the plan ever allows is told so, and gets no time after which that would help")
    func neverAllowed() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let tenant = try await fixture.newTenant("small", perHour: 2)
            let project = try await tenant.project()
            try await tenant.submit(project, [.google])
            var error = await #expect(throws: PackagingError.self) {
                try await tenant.submit(project, [.google, .apple, .acx, .kobo])
            }
            #expect(error?.code == .resourceExhausted && error?.reason == "JOBS_PER_HOUR" && error?.retryAfter == nil)
            #expect(error?.message == "cannot start 3 jobs: tenant \"small\" may start 2 jobs an hour")
            #expect(error?.hint?.contains("--platform") == true)
            // Two jobs can be started when the first is an hour old, and one of them can be started now.
            error = await #expect(throws: PackagingError.self) { try await tenant.submit(project, [.apple, .acx]) }
            #expect(
                error?.message == "cannot start 2 jobs: tenant \"small\" may start 2 jobs an hour and has started 1"
            )
            #expect(error?.retryAfter == .seconds(3600))
            #expect(error?.hint == "Start one of them now (\"--platform\"), or try again then.")
        }
    }

    @Test("a tenant's usage counts its bytes, jobs, books and packages, and nothing of another tenant")
    func usage() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (ada, bob) = (try await fixture.newTenant("ada"), try await fixture.newTenant("bob"))
            let project = try await ada.project()
            try await ada.submit(project, [.google, .apple])
            let claim = try await ada.claimOne()
            let done = try await ada.jobs.finish(claim, ada.package(bytes: 1000))
            try await fixture.setClock(seconds: 600)
            try await ada.submit(project, [.acx])
            let usage = try await ada.store.tenants.usage(of: ada.tenant)
            #expect(done.isFinished && usage.storageBytes == 1000 && usage.jobsLastHour == 3 && usage.liveJobs == 2)
            #expect(usage.projects == 1 && usage.packages == 1 && usage.archivedPackages == 0)
            let first = try await ada.events(project).first
            #expect(usage.nextJobAt == first.map { $0.at + .seconds(3600) })
            let other = try await bob.store.tenants.usage(of: bob.tenant)
            #expect(other.jobsLastHour == 0 && other.nextJobAt == nil && other.packages == 0 && other.projects == 0)
        }
    }

    @Test("versions count up per platform, and never beyond what the quota holds")
    func versionsAndQuota() async throws {
        try await withStore { fixture in
            let tenant = try await fixture.newTenant("quota", quota: 2500)
            let project = try await tenant.project()
            var outcomes: [FinishOutcome] = []
            for _ in 0..<3 {
                try await tenant.submit(project)
                let claim = try await tenant.claimOne()
                outcomes.append(try await tenant.jobs.finish(claim, tenant.package(bytes: 1000)))
                if outcomes.last?.isFinished == false { _ = try await tenant.jobs.giveUp(claim, .failed("quota")) }
            }
            #expect(outcomes[2] == .quotaExceeded(needed: 1000, used: 2000, limit: 2500))
            let page = try await tenant.store.packages.packages(project: project, limit: 10, tenant: tenant.tenant)
            #expect(page.elements.map(\.version) == [2, 1] && page.next == nil)
            #expect(try await tenant.store.packages.usage(tenant: tenant.tenant).usedBytes == 2000)
        }
    }

    @Test("a package that shares bytes names the first package with them, and takes nothing of the quota")
    func shared() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            try await fixture.submit(project, [.google, .spotify, .acx])
            let claims = try await fixture.jobs.claim(owner: .random(), limit: 3)
            let recipes = Dictionary(uniqueKeysWithValues: claims.map { ($0.platform, digest("recipe")) })
            _ = try await fixture.jobs.freezePlan("{}", recipes: recipes, claim: claims[0])
            let packages = fixture.store.packages
            guard case .finished(let root, _) = try await fixture.jobs.finish(claims[0], fixture.package()) else {
                Issue.record("the first package was not made")
                return
            }
            var last = root
            for claim in claims.dropFirst() {
                var package = fixture.package()
                package.content = .shared(with: last)
                guard case .finished(let id, 1) = try await fixture.jobs.finish(claim, package) else {
                    Issue.record("no package")
                    return
                }
                last = id
            }
            let made = try await packages.package(last, tenant: fixture.tenant)
            #expect(made?.sameAs == root)
            #expect(made?.location == claims[0].location && made?.recipe == digest("recipe"))
            #expect(try await packages.usage(tenant: fixture.tenant).usedBytes == 1000)
            var package = fixture.package()
            package.content = .shared(with: .random())
            let claim = try await fixture.running("other")
            #expect(try await fixture.jobs.finish(claim, package) == .objectGone)
        }
    }

    @Test("a batch for a project that does not exist is refused")
    func noProject() async throws {
        try await withStore { fixture in
            let error = await #expect(throws: PackagingError.self) { try await fixture.submit(.random()) }
            #expect(error?.code == .notFound)
        }
    }
}
