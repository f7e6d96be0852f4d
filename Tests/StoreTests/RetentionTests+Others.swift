import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store
import TestSupport
import Testing

// Removals beside other transactions, other daemons and other tenants.
extension RetentionTests {
    @Test("a removal that is not committed keeps nobody from creating, claiming, finishing and retrying")
    func blocksNobody() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            try await ended(fixture, project, at: 0)
            try await ended(fixture, project, at: 1, .kobo, fails: true)
            let retried = try await ended(fixture, project, at: 31 * Self.day, .acx, fails: true)
            try await fixture.setClock(seconds: 35 * Self.day)
            try await clean(fixture)
            let (others, impatient) = impatient(fixture)
            let (ready, open) = AsyncStream<Void>.makeStream()
            let (done, finish) = AsyncStream<Void>.makeStream()
            async let removal: Void = fixture.database.app.withTransaction { transaction in
                let events = try await transaction.query("SELECT packaging.remove_events(1000) AS removed")
                let jobs = try await transaction.query("SELECT jobs, batches FROM packaging.remove_jobs(100)")
                #expect(try events[0].decode(Int32.self, "removed") == 6)
                #expect(try jobs[0].decode(Int32.self, "jobs") == 2)
                open.yield()
                for await _ in done { break }
            }
            for await _ in ready { break }
            try await others.submit(project, [.google, .kobo])
            _ = try await others.jobs.retry(retried.job, tenant: fixture.tenant)
            for _ in 0..<3 {
                let claim = try await others.claimOne()
                #expect(try await others.jobs.finish(claim, fixture.package(bytes: 1, "\(claim.epoch)")) != .notYours)
            }
            // Another daemon's removal does not wait either: it finds nothing that is free.
            #expect(try await others.store.history.removeEvents(limit: 1000) == 0)
            #expect(try await others.store.history.removeJobs(limit: 100) == HistoryStore.RemovedJobs())
            finish.yield()
            try await removal
            await impatient.close()
            #expect(try await sequences(project, fixture) == Array(7...18))
        }
    }

    @Test("a removal passes by a job that another transaction has locked, and by all events after its first")
    func passesBy() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            var claims: [Claim] = []
            for platform in [Platform.google, .kobo, .acx] {
                claims.append(try await ended(fixture, project, at: 0, platform, fails: true))
            }
            try await ended(fixture, try await fixture.project("two"), at: 1, fails: true)
            try await fixture.setClock(seconds: 8 * Self.day)
            let locked = claims[1].job
            try await fixture.database.owner.withTransaction { transaction in
                _ = try await transaction.query("SELECT FROM packaging.packaging_jobs WHERE id = \(locked) FOR UPDATE")
                #expect(try await fixture.store.history.removeEvents(limit: 1000) == 6)
            }
            #expect(try await sequences(project, fixture) == Array(4...9))
            #expect(try await fixture.store.history.removeEvents(limit: 1000) == 6)
        }
    }

    @Test("daemons that remove at once remove everything once, also the last jobs of one batch")
    func atOnce() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            for number in 0..<6 {
                try await fixture.submit(try await fixture.project("p\(number)"), Platform.allCases)
            }
            for _ in 0..<6 {
                for claim in try await fixture.jobs.claim(owner: .random(), limit: 5) {
                    #expect(try await fixture.jobs.giveUp(claim, .failed("bad")) == .failed)
                }
            }
            try await fixture.setClock(seconds: 40 * Self.day)
            try await clean(fixture)
            let removed = try await withThrowingTaskGroup(of: (events: Int, jobs: Int, batches: Int).self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var sum = (events: 0, jobs: 0, batches: 0)
                        // Others may have what is left for a moment, so that a call that finds nothing proves little.
                        while try await count("packaging_jobs", fixture) > 0 {
                            sum.events += try await fixture.store.history.removeEvents(limit: 5)
                            let jobs = try await fixture.store.history.removeJobs(limit: 3)
                            sum.jobs += jobs.jobs
                            sum.batches += jobs.batches
                        }
                        return sum
                    }
                }
                return try await group.reduce(into: (events: 0, jobs: 0, batches: 0)) { sum, one in
                    sum = (sum.events + one.events, sum.jobs + one.jobs, sum.batches + one.batches)
                }
            }
            #expect(removed == (90, 30, 6))
            #expect(try await count("batches", fixture) == 0)
        }
    }

    @Test("rows of all tenants go, each by its own age")
    func tenants() async throws {
        try await withStore { fixture in
            let other = try await fixture.newTenant("other")
            try await ended(fixture, try await fixture.project(), at: 0, fails: true)
            try await ended(other, try await other.project(), at: 20 * Self.day, fails: true)
            try await fixture.setClock(seconds: 31 * Self.day)
            try await clean(fixture)
            try await removeAll(fixture)
            #expect(try await count("packaging_jobs", fixture) == 0)
            #expect(try await count("packaging_jobs", other) == 1)
            try await fixture.setClock(seconds: 51 * Self.day)
            try await removeAll(fixture)
            #expect(try await count("packaging_jobs", other) == 0)
        }
    }
}
