import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store
import TestSupport
import Testing

@Suite("Rows about the past are removed when their time is over", .serialized)
struct RetentionTests {
    static let day = 86_400.0

    /// A job that ended at `seconds` with a package, or failed.
    @discardableResult
    func ended(
        _ fixture: StoreFixture,
        _ project: ProjectID,
        at seconds: Double,
        _ platform: Platform = .google,
        fails: Bool = false
    ) async throws -> Claim {
        try await fixture.setClock(seconds: seconds)
        try await fixture.submit(project, [platform])
        let claim = try await fixture.claimOne()
        if fails {
            #expect(try await fixture.jobs.giveUp(claim, .failed("bad")) == .failed)
        } else {
            _ = try await fixture.jobs.finish(claim, fixture.package(bytes: 1, "\(claim.epoch)"))
        }
        return claim
    }

    /// Removes everything whose time is over, one step after the other.
    func removeAll(_ fixture: StoreFixture, limit: Int = 1000) async throws {
        let history = fixture.store.history
        while try await history.removeEvents(limit: limit) > 0 {}
        while try await history.removeJobs(limit: limit) != HistoryStore.RemovedJobs() {}
    }

    /// Deletes all packages, and looks in vain for what attempts left, as the cleaner does.
    func clean(_ fixture: StoreFixture) async throws {
        for _ in 0..<2 {
            for orphan in try await fixture.store.packages.orphans(limit: 1000) {
                try await fixture.store.packages.recordSweep(of: orphan)
            }
        }
        for expired in try await fixture.store.packages.expired() {
            _ = try await fixture.store.packages.expire(expired)
        }
        for removal in try await fixture.store.packages.claimRemovals() {
            try await fixture.store.packages.finish(removal)
        }
    }

    func count(_ table: String, _ fixture: StoreFixture) async throws -> Int {
        let rows = try await fixture.database.owner.query(
            SQL(unescaped: "SELECT count(*) AS rows FROM packaging.\(table) WHERE tenant_id = '\(fixture.tenant)'")
        )
        return try rows[0].decode("rows")
    }

    func sequences(_ project: ProjectID, _ fixture: StoreFixture) async throws -> [Int64] {
        try await fixture.database.owner.query(
            "SELECT seq FROM packaging.job_events WHERE project_id = \(project) ORDER BY seq"
        ).map { try $0.decode("seq") }
    }

    // MARK: Events

    @Test("events are removed seven days after the end of their job, and the job keeps its state")
    func events() async throws {
        try await withStore { fixture in
            let claim = try await ended(fixture, try await fixture.project(), at: 0)
            let before = try await fixture.job(claim.job)
            try await fixture.setClock(seconds: 7 * Self.day)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 0)
            try await fixture.setClock(seconds: 7 * Self.day + 0.001)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 3)
            let page = try await fixture.store.events.page(of: .job(claim.job), tenant: fixture.tenant)
            #expect(page == EventPage(events: [], removed: 3))
            #expect(try await fixture.job(claim.job) == before)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 0)
        }
    }

    @Test("a job that has not ended keeps all events, and those that are left have numbers without gaps")
    func living() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            try await ended(fixture, project, at: 0)  // 1, 2, 3
            try await fixture.submit(project, [.kobo])  // 4
            let living = try await fixture.claimOne()  // 5
            try await ended(fixture, project, at: 1, .acx)  // 6, 7, 8
            try await fixture.setClock(seconds: 8 * Self.day)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 3)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 0)
            #expect(try await sequences(project, fixture) == [4, 5, 6, 7, 8])

            // New numbers go on from the last, and are not given twice.
            _ = try await fixture.jobs.finish(living, fixture.package())
            #expect(try await sequences(project, fixture) == [4, 5, 6, 7, 8, 9])
            try await fixture.setClock(seconds: 15.1 * Self.day)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 6)
            try await fixture.submit(project, [.google])
            #expect(try await sequences(project, fixture) == [10])
        }
    }

    @Test("one call removes no more rows than it was allowed, in the order of their numbers, of several projects")
    func steps() async throws {
        try await withStore { fixture in
            let projects = [try await fixture.project("one"), try await fixture.project("two")]
            for (number, platform) in Platform.allCases.enumerated() {
                for project in projects { try await ended(fixture, project, at: Double(number), platform) }
            }
            try await fixture.setClock(seconds: 8 * Self.day)
            var rounds = 0
            var left = 30
            while left > 0 {
                let removed = try await fixture.store.history.removeEvents(limit: 7)
                #expect(removed == min(7, left))
                left -= removed
                rounds += 1
                for project in projects {
                    let kept = try await sequences(project, fixture)
                    #expect(kept == Array(Int64(16 - kept.count)..<16))
                }
                guard removed > 0 else { break }
            }
            #expect(rounds == 5)
            #expect(try await fixture.store.history.removeEvents(limit: 7) == 0)
        }
    }

    @Test("a failed job that is queued again keeps what comes from then on, and tells that its first events are gone")
    func retried() async throws {
        try await withStore { fixture in
            let claim = try await ended(fixture, try await fixture.project(), at: 0, fails: true)
            try await fixture.setClock(seconds: 8 * Self.day)
            #expect(try await fixture.store.history.removeEvents(limit: 2) == 2, "in the middle of its story")
            _ = try await fixture.jobs.retry(claim.job, tenant: fixture.tenant)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 0)
            let page = try await fixture.store.events.page(of: .job(claim.job), tenant: fixture.tenant)
            #expect(page.removed == 2 && page.events.map(\.sequence) == [3, 4])
            let states = try await fixture.store.events.states(of: .job(claim.job), after: 0, tenant: fixture.tenant)
            try #require(states.map(\.sequence) == [4] && page.events.count == 2)
            #expect(states[0].status == .queued && states[0].isCompacted)
            #expect(states[0].at == page.events[1].at)
            // Removed as a whole, and then queued again.
            let again = try await fixture.claimOne()
            #expect(try await fixture.jobs.giveUp(again, .failed("bad")) == .failed)
            try await fixture.setClock(seconds: 16 * Self.day)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 4)
            _ = try await fixture.jobs.retry(claim.job, tenant: fixture.tenant)
            let last = try await fixture.claimOne()
            _ = try await fixture.jobs.finish(last, fixture.package())
            try await fixture.setClock(seconds: 24 * Self.day)
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 3)
        }
    }

    // MARK: Jobs

    @Test("an ended job goes after thirty days, with its attempts, its batch and the answer to its request")
    func jobs() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let project = try await fixture.project()
            var batch = NewBatch(project: project, platforms: [.google, .kobo])
            batch.request = NewBatch.Request(id: "r", digest: digest("r"))
            let first = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            for _ in 0..<2 {
                let claim = try await fixture.claimOne()
                #expect(try await fixture.jobs.giveUp(claim, .failed("bad")) == .failed)
            }
            try await fixture.setClock(seconds: 30 * Self.day)
            try await clean(fixture)
            try await removeAll(fixture)
            #expect(try await fixture.store.history.removeRequests(limit: 10) == 0)
            #expect(try await fixture.jobs.jobs(batch: first.batch, tenant: fixture.tenant).count == 2)
            let repeated = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            #expect(repeated.repeated && repeated.batch == first.batch)

            try await fixture.setClock(seconds: 30 * Self.day + 0.001)
            let removed = try await fixture.store.history.removeJobs(limit: 100)
            #expect((removed.jobs, removed.attempts, removed.batches) == (2, 2, 1))
            #expect(try await fixture.store.history.removeRequests(limit: 10) == 1)
            for table in ["packaging_jobs", "job_attempts", "batches", "requests", "job_events"] {
                #expect(try await count(table, fixture) == 0, "\(table)")
            }
            // The same request is a new one now, and numbers go on.
            let new = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            #expect(!new.repeated && new.batch != first.batch)
            #expect(try await sequences(project, fixture) == [7, 8])
        }
    }

    @Test("a job stays while the package that it made is there, and its batch with it")
    func maker() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let project = try await fixture.project()
            try await fixture.submit(project, [.google, .kobo])
            let claims = try await fixture.jobs.claim(owner: .random(), limit: 2)
            _ = try await fixture.jobs.finish(claims[0], fixture.package())
            #expect(try await fixture.jobs.giveUp(claims[1], .failed("bad")) == .failed)
            let package = try #require(try await fixture.job(claims[0].job).package)
            try await archive(package, fixture)

            try await fixture.setClock(seconds: 80 * Self.day)
            try await clean(fixture)
            try await removeAll(fixture)
            #expect(try await fixture.job(claims[0].job).package == package)
            #expect(try await fixture.jobs.job(claims[1].job, tenant: fixture.tenant) == nil)
            #expect(try await fixture.jobs.batch(claims[0].batch, tenant: fixture.tenant) != nil)
            // What is left of the batch tells that more was removed than the events of the job that is left.
            let page = try await fixture.store.events.page(of: .batch(claims[0].batch), tenant: fixture.tenant)
            #expect(page == EventPage(events: [], removed: 6))

            try await fixture.setClock(seconds: 91 * Self.day)
            try await clean(fixture)
            try await removeAll(fixture)
            #expect(try await fixture.jobs.job(claims[0].job, tenant: fixture.tenant) == nil)
            #expect(try await count("batches", fixture) == 0)
        }
    }

    /// Archives a package for 90 days, with a copy that is only said to be made.
    private func archive(_ package: PackageID, _ fixture: StoreFixture) async throws {
        func call(_ path: String?) async throws -> (String, String?) {
            let rows = try await fixture.database.app.query(
                """
                SELECT outcome, copy_path FROM packaging.archive(\(fixture.tenant), \(package), 90, \(path as String?))
                """,
                settings: [("packaging.tenant", fixture.tenant.description)]
            )
            return (try rows[0].decode("outcome"), try rows[0].decode("copy_path"))
        }
        let first = try await call(nil)
        #expect(first.0 == "copy")
        #expect(try await call(first.1).0 == "archived")
    }

    @Test("a job that ended with the package of another job does not wait for the end of that package")
    func reuser() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let project = try await fixture.project()
            try await fixture.submit(project)
            let maker = try await fixture.claimOne()
            _ = try await fixture.jobs.finish(maker, fixture.package())
            let package = try #require(try await fixture.job(maker.job).package)
            try await fixture.submit(project)
            let reuser = try await fixture.claimOne()
            #expect(try await fixture.jobs.finish(reuser, with: package) == .finished(package: package, version: 1))
            try await archive(package, fixture)
            try await fixture.setClock(seconds: 31 * Self.day)
            try await clean(fixture)
            try await removeAll(fixture)
            #expect(try await fixture.job(maker.job).package == package)
            #expect(try await fixture.jobs.job(reuser.job, tenant: fixture.tenant) == nil)
        }
    }

    @Test("a job stays until the places where its attempts may have left bytes were searched twice")
    func orphans() async throws {
        try await withStore { fixture in
            let claim = try await ended(fixture, try await fixture.project(), at: 0, fails: true)
            try await fixture.setClock(seconds: 40 * Self.day)
            try await removeAll(fixture)
            #expect(try await fixture.store.packages.orphans().map(\.job) == [claim.job])
            for search in 1...2 {
                #expect(try await count("packaging_jobs", fixture) == 1, "before search \(search)")
                for orphan in try await fixture.store.packages.orphans() {
                    try await fixture.store.packages.recordSweep(of: orphan)
                }
                try await removeAll(fixture)
            }
            #expect(try await count("packaging_jobs", fixture) == 0)
        }
    }

    @Test("a call removes no more jobs and attempts than it was allowed, even of a job with more attempts than that")
    func jobSteps() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            try await fixture.submit(try await fixture.project())
            for _ in 0..<11 {
                let claim = try await fixture.claimOne()
                #expect(try await fixture.jobs.giveUp(claim, .returned) == .queued)
            }
            #expect(try await fixture.jobs.giveUp(try await fixture.claimOne(), .failed("bad")) == .failed)
            for number in 0..<4 {
                try await ended(fixture, try await fixture.project("p\(number)"), at: 1, fails: true)
            }
            // Jobs that were cancelled in the queue have no attempts.
            for number in 4..<9 {
                let created = try await fixture.submit(try await fixture.project("p\(number)"))
                let job = try #require(created.jobs[.google]?.id)
                _ = try await fixture.jobs.cancel(job, tenant: fixture.tenant)
            }
            try await fixture.setClock(seconds: 40 * Self.day)
            try await clean(fixture)
            while try await fixture.store.history.removeEvents(limit: 1000) > 0 {}
            var (jobs, attempts, rounds) = (0, 0, 0)
            while rounds < 50 {
                let removed = try await fixture.store.history.removeJobs(limit: 3)
                guard removed != HistoryStore.RemovedJobs() else { break }
                #expect(removed.jobs <= 3 && removed.attempts <= 3 && removed.batches <= 3)
                jobs += removed.jobs
                attempts += removed.attempts
                rounds += 1
            }
            #expect((jobs, attempts) == (10, 16))
            #expect(rounds >= 6)
        }
    }

    @Test("the rows about deleted bytes go seven days after the bytes, and those of living packages stay")
    func objects() async throws {
        try await withStore { fixture in
            try await ended(fixture, try await fixture.project("one"), at: 0)
            try await fixture.setClock(seconds: Self.day)
            try await clean(fixture)
            try await ended(fixture, try await fixture.project("two"), at: Self.day)
            #expect(try await count("objects", fixture) == 2)
            try await fixture.setClock(seconds: 8 * Self.day)
            #expect(try await fixture.store.history.removeObjects(limit: 10) == 0)
            try await fixture.setClock(seconds: 8 * Self.day + 0.001)
            #expect(try await fixture.store.history.removeObjects(limit: 10) == 1)
            #expect(try await count("objects", fixture) == 1)
        }
    }

    /// The same store over a client that does not wait long for a lock.
    func impatient(_ fixture: StoreFixture) -> (StoreFixture, PostgresClient) {
        var configuration = fixture.database.appConfiguration
        configuration.lockTimeout = .seconds(5)
        let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        var others = fixture
        others.store = Store(client: client)
        return (others, client)
    }

    /// A project's job that answered a request, and ended with a package.
    private func requested(_ fixture: StoreFixture, _ name: String) async throws {
        var batch = NewBatch(project: try await fixture.project(name), platforms: [.google])
        batch.request = NewBatch.Request(id: name, digest: digest(name))
        _ = try await fixture.jobs.create(batch, tenant: fixture.tenant)
        let claim = try await fixture.claimOne()
        _ = try await fixture.jobs.finish(claim, fixture.package(bytes: 1, "\(claim.epoch)"))
    }

    @Test("a call removes no more answers and rows about deleted bytes than it was allowed, and passes by locked ones")
    func rowSteps() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            for number in 0..<5 { try await requested(fixture, "p\(number)") }
            try await fixture.setClock(seconds: Self.day)
            try await clean(fixture)
            try await fixture.setClock(seconds: 40 * Self.day)
            let (others, impatient) = impatient(fixture)
            let (history, owner) = (others.store.history, fixture.database.owner)
            try await owner.withTransaction { transaction in
                _ = try await transaction.query("SELECT FROM packaging.requests LIMIT 1 FOR UPDATE")
                for left in [2, 2, 0] { #expect(try await history.removeRequests(limit: 2) == left) }
            }
            #expect(try await history.removeRequests(limit: 2) == 1)
            try await owner.withTransaction { transaction in
                _ = try await transaction.query("SELECT FROM packaging.objects LIMIT 1 FOR UPDATE")
                for left in [2, 2, 0] { #expect(try await history.removeObjects(limit: 2) == left) }
            }
            #expect(try await history.removeObjects(limit: 2) == 1)
            await impatient.close()
        }
    }

    @Test("jobs, answers to requests and rows about deleted bytes are kept for as many days as are set")
    func settings() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            try await requested(fixture, "book")
            try await fixture.setClock(seconds: Self.day)
            try await clean(fixture)
            let migrator = Migrator(client: fixture.database.owner, logger: Logger(label: "test"))
            try await migrator.migrate(keeping: Retention.Change(jobs: 60, deleted: 50))
            let history = fixture.store.history
            for (days, objects) in [(51, 0), (51.001, 1)] {
                try await fixture.setClock(seconds: days * Self.day)
                #expect(try await history.removeObjects(limit: 10) == objects, "\(days) days")
            }
            try await fixture.setClock(seconds: 61 * Self.day)
            #expect(try await history.removeJobs(limit: 10).jobs == 0, "its events are there")
            #expect(try await history.removeEvents(limit: 10) == 3)
            for (days, rows) in [(60, 0), (60.001, 1)] {
                try await fixture.setClock(seconds: days * Self.day)
                #expect(try await history.removeJobs(limit: 10).jobs == rows, "\(days) days")
                #expect(try await history.removeRequests(limit: 10) == rows, "\(days) days")
            }
        }
    }
}
