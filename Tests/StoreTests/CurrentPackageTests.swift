import DatabaseTestSupport
import Model
import Postgres
import Store
import TestSupport
import Testing

@Suite("The current package of a platform", .serialized)
struct CurrentPackageTests {
    @Test("is the one that the latest request found, not the newest, and the newest again when that is found")
    func changedBack() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (first, claim) = try await fixture.made("one")
            #expect(try await fixture.current(claim.project) == [.google: first])
            try await fixture.setClock(seconds: 1)
            let (second, _) = try await fixture.made("two")
            #expect(try await fixture.current(claim.project) == [.google: second])
            try await fixture.setClock(seconds: 2)
            try await fixture.find("one", claim.project)
            #expect(try await fixture.current(claim.project) == [.google: first])
            try await fixture.setClock(seconds: 3)
            try await fixture.find("two", claim.project)
            #expect(try await fixture.current(claim.project) == [.google: second])
            let (apple, _) = try await fixture.made("one", for: .apple)
            #expect(try await fixture.current(claim.project) == [.google: second, .apple: apple])
            let all = try await fixture.store.packages.packages(
                project: claim.project,
                limit: 10,
                tenant: fixture.tenant
            )
            #expect(all.elements.map(\.isCurrent) == [true, true, false])
        }
    }

    @Test("is the one that an attempt found")
    func foundByAttempt() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (first, claim) = try await fixture.made("one")
            try await fixture.setClock(seconds: 1)
            _ = try await fixture.made("two")
            try await fixture.setClock(seconds: 2)
            try await fixture.submit(claim.project)
            let attempt = try await fixture.claimOne()
            #expect(try await fixture.jobs.finish(attempt, with: first).isFinished)
            #expect(try await fixture.current(claim.project) == [.google: first])
        }
    }

    @Test("stays when a job ends that was created earlier, with a package of its own or with another")
    func earlierJob() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (found, _) = try await fixture.made("zero")
            let project = try #require(try await fixture.store.projects.id(of: "book", tenant: fixture.tenant))
            try await fixture.setClock(seconds: 1)
            try await fixture.submit(project)
            let early = try await fixture.claimOne()
            #expect(try await fixture.jobs.giveUp(early, .failed("no")) == .failed)
            try await fixture.setClock(seconds: 2)
            let (late, _) = try await fixture.made("two")
            try await fixture.setClock(seconds: 3)
            _ = try await fixture.jobs.retry(early.job, tenant: fixture.tenant)
            #expect(try await fixture.jobs.finish(try await fixture.claimOne(), with: found).isFinished)
            #expect(try await fixture.current(project) == [.google: late])

            try await fixture.setClock(seconds: 4)
            try await fixture.submit(project)
            let fourth = try await fixture.claimOne()
            #expect(try await fixture.jobs.giveUp(fourth, .failed("no")) == .failed)
            try await fixture.setClock(seconds: 5)
            try await fixture.find("two", project)
            _ = try await fixture.jobs.retry(fourth.job, tenant: fixture.tenant)
            #expect(try await fixture.jobs.finish(try await fixture.claimOne(), fixture.package()).isFinished)
            #expect(try await fixture.current(project) == [.google: late])
        }
    }

    @Test("a job that fails or is cancelled leaves it as it is")
    func failed() async throws {
        try await withStore { fixture in
            let (package, claim) = try await fixture.made()
            try await fixture.submit(claim.project)
            #expect(try await fixture.jobs.giveUp(try await fixture.claimOne(), .failed("no")) == .failed)
            let created = try await fixture.submit(claim.project)
            _ = try await fixture.jobs.cancel(batch: created.batch, tenant: fixture.tenant)
            #expect(try await fixture.current(claim.project) == [.google: package])
        }
    }

    @Test("a platform whose current package is deleted or expires has none, until a request makes or finds one")
    func gone() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (first, claim) = try await fixture.made("one")
            try await fixture.setClock(seconds: 1)
            let (second, _) = try await fixture.made("two")
            #expect(try await fixture.store.packages.delete(first, tenant: fixture.tenant) != nil)
            #expect(try await fixture.current(claim.project) == [.google: second])
            try await fixture.setClock(seconds: 2)
            let (third, _) = try await fixture.made("three")
            #expect(try await fixture.store.packages.delete(third, tenant: fixture.tenant) != nil)
            #expect(try await fixture.current(claim.project).isEmpty)
            try await fixture.find("two", claim.project)
            #expect(try await fixture.current(claim.project) == [.google: second])

            // It expires, and is kept out of every list before the cleaner deletes it, and afterwards.
            try await fixture.setClock(seconds: 2 + 86_400)
            #expect(try await fixture.current(claim.project).isEmpty)
            for expired in try await fixture.store.packages.expired() {
                #expect(try await fixture.store.packages.expire(expired) == 1)
            }
            let (fourth, _) = try await fixture.made("two")
            #expect(try await fixture.current(claim.project) == [.google: fourth])
        }
    }

    @Test("the plan by which it was made is there as long as it is, and jobs that are not done are told by platform")
    func plans() async throws {
        try await withStore { fixture in
            let (_, claim) = try await fixture.made()
            let waiting = try await fixture.submit(claim.project, [.acx])
            let acx = try #require(waiting.jobs[.acx]).id
            let plans = try await fixture.jobs.finalPlans(of: [claim.job, acx, .random()], tenant: fixture.tenant)
            #expect(plans == [claim.job: "{}"])
            #expect(try await fixture.jobs.liveJobs(project: claim.project, tenant: fixture.tenant) == [.acx: acx])
            let other = try await fixture.newTenant("other")
            #expect(try await fixture.jobs.finalPlans(of: [claim.job], tenant: other.tenant).isEmpty)
        }
    }

    @Test("a project is deleted with it")
    func project() async throws {
        try await withStore { fixture in
            let (_, claim) = try await fixture.made()
            _ = try await fixture.store.projects.delete(claim.project, tenant: fixture.tenant)
            let rows = try await fixture.database.owner.query("SELECT FROM packaging.current_packages")
            #expect(rows.isEmpty)
        }
    }
}

extension StoreFixture {
    /// The current package of each platform of a project, as the filtered list tells it.
    fileprivate func current(_ project: ProjectID) async throws -> [Platform: PackageID] {
        let page = try await store.packages.packages(project: project, currentOnly: true, limit: 10, tenant: tenant)
        return Dictionary(uniqueKeysWithValues: page.elements.map { ($0.platform, $0.id) })
    }

    /// Asks for Google's package by a recipe whose package is there.
    fileprivate func find(_ recipe: String, _ project: ProjectID) async throws {
        let batch = NewBatch(project: project, platforms: [.google], recipes: [.google: digest(recipe)])
        guard try await jobs.create(batch, tenant: tenant).jobs[.google]?.package != nil else {
            throw PackagingError(.notFound, "no package of \(recipe)")
        }
    }
}
