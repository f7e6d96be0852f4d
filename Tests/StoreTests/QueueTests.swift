import Model
import Store
import Testing

@Suite("Queue", .serialized)
struct QueueTests {
    @Test(
        "a claim takes a whole batch, in the order of platforms, and each job gets an attempt and a place of its own"
    )
    func batch() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            try await fixture.submit(project, [.kobo, .google, .apple])
            let claims = try await fixture.jobs.claim(owner: .random(), limit: 10)
            #expect(claims.map(\.platform) == [.apple, .google, .kobo])
            #expect(Set(claims.map(\.epoch)).count == 3)
            for claim in claims {
                #expect(claim.location.container == "t-\(fixture.tenant)-temp")
                #expect(
                    claim.location.path == "packages/\(fixture.tenant)/\(project)/\(claim.job)/\(claim.epoch)"
                )
                #expect(claim.attempt == 1)
                #expect(try await fixture.job(claim.job).status == .downloadingAudio)
            }
            #expect(try await fixture.jobs.claim(owner: .random(), limit: 10).isEmpty)
        }
    }

    @Test("tenants take turns, however many jobs a tenant has")
    func fairness() async throws {
        try await withStore { fixture in
            let big = try await fixture.newTenant("big"), small = try await fixture.newTenant("small")
            for number in 0..<6 { try await big.submit(try await big.project("b\(number)")) }
            for number in 0..<2 { try await small.submit(try await small.project("s\(number)")) }
            var order: [TenantID] = []
            while let claim = try await fixture.jobs.claim(owner: .random(), limit: 1).first {
                order.append(claim.tenant)
            }
            #expect(order.count == 8)
            #expect(order.prefix(4).count { $0 == small.tenant } == 2)
        }
    }

    @Test("no tenant runs more jobs than its cap, and a batch that does not fit is claimed in part")
    func cap() async throws {
        try await withStore { fixture in
            let tenant = try await fixture.newTenant("capped", cap: 2)
            try await tenant.submit(try await tenant.project(), [.apple, .google, .kobo])
            let claims = try await tenant.jobs.claim(owner: .random(), limit: 10)
            #expect(claims.count == 2)
            #expect(try await tenant.jobs.claim(owner: .random(), limit: 10).isEmpty)
            #expect(try await tenant.jobs.giveUp(claims[0], .failed("bad input")) == .failed)
            #expect(try await tenant.jobs.claim(owner: .random(), limit: 10).map(\.platform) == [.kobo])
        }
    }

    @Test("daemons that claim at once claim no job twice, miss none, and keep the cap")
    func concurrentClaims() async throws {
        try await withStore { fixture in
            let tenants = [
                try await fixture.newTenant("one", cap: 7), try await fixture.newTenant("two", cap: 100),
                try await fixture.newTenant("three", cap: 100),
            ]
            var expected: Set<JobID> = []
            for tenant in tenants {
                for number in 0..<5 {
                    let batch = try await tenant.submit(try await tenant.project("p\(number)"), [.apple, .acx])
                    expected.formUnion(batch.jobs.values.map(\.id))
                }
            }
            let all = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        var claimed: [JobID] = []
                        var idle = 0
                        while idle < 40 {
                            let claims = try await fixture.jobs.claim(owner: .random(), limit: 2)
                            idle = claims.isEmpty ? idle + 1 : 0
                            claimed += claims.map(\.job)
                        }
                        return claimed
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(all).count == all.count)
            let running = try await tenants[0].jobs.claim(owner: .random(), limit: 10)
            #expect(running.isEmpty)
            #expect(all.count == 27, "7 of the capped tenant, 10 of each other")
            #expect(Set(all).isSubset(of: expected))
        }
    }

    @Test("a beat renews the lease, and after a pause another daemon gets a job whose lease has run out")
    func leaseExpiry() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let first = try await fixture.running()
            try await fixture.setClock(seconds: 14)
            let progress = JobProgress(percent: 10, step: "encoding chapter 1 of 2")
            #expect(try await fixture.jobs.beat([(first, progress)]).map(\.job) == [first.job])
            try await fixture.setClock(seconds: 29)
            #expect(try await fixture.jobs.sweep().isEmpty, "the lease ends after 29 s")
            try await fixture.setClock(seconds: 29.001)
            #expect(try await fixture.jobs.sweep().map(\.status) == [.queued])
            #expect(try await fixture.jobs.sweep().isEmpty)
            var job = try await fixture.job(first.job)
            #expect(job.progressPercent == 10 && job.epoch == nil)
            let second = try await fixture.claimOne()
            #expect(second.job == first.job && second.epoch > first.epoch && second.attempt == 2)
            #expect(try await fixture.jobs.beat([(first, progress)]).isEmpty)
            #expect(try await fixture.jobs.finish(first, fixture.package()) == .notYours)
            #expect(try await fixture.jobs.finish(second, fixture.package()).isFinished)
            job = try await fixture.job(first.job)
            #expect(job.status == .completed && job.epoch == second.epoch)
        }
    }

    /// Moves the clock on from `now` in steps of `step` seconds until a job can be claimed, and notes how long that took.
    private func waitForClaim(
        _ fixture: StoreFixture,
        from now: inout Double,
        step: Double,
        _ pauses: inout [Double]
    ) async throws -> Claim {
        var pause = 0.0
        while true {
            if let claim = try await fixture.jobs.claim(owner: .random(), limit: 1).first {
                now += pause
                pauses.append(pause)
                return claim
            }
            // The clock must be the test's own, else no pause is ever over.
            try #require(pause < 1000)
            pause += step
            try await fixture.setClock(seconds: now + pause)
        }
    }

    @Test("after its first loss a job is due at once, then after pauses that grow")
    func pausesAfterLosses() async throws {
        try await withStore { fixture in
            var now = 0.0
            try await fixture.setClock(seconds: now)
            var claim = try await fixture.running()
            var pauses: [Double] = []
            for _ in 0..<3 {
                now += 16
                try await fixture.setClock(seconds: now)
                #expect(try await fixture.jobs.sweep().map(\.status) == [.queued])
                claim = try await waitForClaim(fixture, from: &now, step: 5, &pauses)
            }
            #expect(pauses == [0, 5, 10])
            #expect(claim.attempt == 4)
        }
    }

    @Test("a daemon that was only cut off undoes each loss, so the job completes after any number of them")
    func cutOff() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            var claim = try await fixture.running()
            for loss in 1...6 {
                try await fixture.setClock(seconds: Double(loss) * 100)
                #expect(try await fixture.jobs.sweep().map(\.status) == [.queued])
                // In half of the cases another daemon works on the job already when the first one is back.
                let lost = claim
                if loss.isMultiple(of: 2) { claim = try await fixture.claimOne() }
                #expect(try await fixture.jobs.giveBack(lost))
                #expect(try await !fixture.jobs.giveBack(lost), "a loss is undone once")
                if !loss.isMultiple(of: 2) { claim = try await fixture.claimOne() }
                #expect(claim.job == lost.job && claim.epoch > lost.epoch)
            }
            #expect(try await fixture.jobs.finish(claim, fixture.package()).isFinished)
            #expect(try await !fixture.jobs.giveBack(claim), "it was not lost")
        }
    }

    @Test("an undone loss brings no ended job back, and leaves the pause after a failure as it is")
    func undoneTooLate() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let first = try await fixture.running()
            try await fixture.setClock(seconds: 16)
            _ = try await fixture.jobs.sweep()
            let second = try await fixture.claimOne()
            #expect(try await fixture.jobs.giveUp(second, .retry("storage is away")) == .queued)
            #expect(try await fixture.jobs.giveBack(first))
            #expect(try await fixture.jobs.claim(owner: .random(), limit: 1).isEmpty, "it waits 5 s")
            try await fixture.setClock(seconds: 21)
            let third = try await fixture.claimOne()
            try await fixture.setClock(seconds: 100)
            _ = try await fixture.jobs.sweep()
            _ = try await fixture.jobs.cancel(third.job, tenant: fixture.tenant)
            _ = try await fixture.jobs.giveBack(third)
            #expect(try await fixture.job(third.job).status == .cancelled)
        }
    }

    @Test("a claim whose answer was lost is given back at no cost, and only that one")
    func unknownClaim() async throws {
        try await withStore { fixture in
            let daemon = InstanceID.random()
            var claims: [Claim] = []
            for slug in ["known", "unknown", "cancelled"] {
                try await fixture.submit(try await fixture.project(slug))
                claims += try await fixture.jobs.claim(owner: daemon, limit: 1)
            }
            let other = try await fixture.running("other")
            _ = try await fixture.jobs.cancel(claims[2].job, tenant: fixture.tenant)
            let projects = try await fixture.jobs.giveBackUnknown(owner: daemon, except: [claims[0].epoch])
            #expect(Set(projects) == [claims[1].project, claims[2].project])
            #expect(try await fixture.jobs.giveBackUnknown(owner: daemon, except: [claims[0].epoch]).isEmpty)
            #expect(try await fixture.job(claims[2].job).status == .cancelled)
            let again = try await fixture.claimOne()
            #expect(again.job == claims[1].job && again.attempt == 1)
            for claim in [claims[0], other] {
                #expect(try await fixture.jobs.finish(claim, fixture.package()).isFinished)
            }
            #expect(try await fixture.jobs.finish(claims[1], fixture.package()) == .notYours)
        }
    }

    @Test("a job that lost four daemons fails, with the reason in words")
    func crashes() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let project = try await fixture.project()
            try await fixture.submit(project)
            var statuses: [JobStatus] = []
            for crash in 0..<4 {
                try await fixture.setClock(seconds: Double(crash) * 1000)
                _ = try await fixture.claimOne()
                try await fixture.setClock(seconds: Double(crash) * 1000 + 16)
                statuses += try await fixture.jobs.sweep().map(\.status)
            }
            #expect(statuses == [.queued, .queued, .queued, .failed])
            let last = try await fixture.events(project).last
            #expect(last?.status == .failed)
            #expect(last?.errorMessage == "the daemon that ran the job was lost 4 times")
            #expect(last?.attempt == 4)
        }
    }

    @Test("an error that may pass leads to eight attempts with growing pauses, and then the job fails with it")
    func retries() async throws {
        try await withStore { fixture in
            var now = 0.0
            try await fixture.setClock(seconds: now)
            var claim = try await fixture.running()
            var pauses: [Double] = []
            for _ in 0..<7 {
                #expect(try await fixture.jobs.giveUp(claim, .retry("storage is away")) == .queued)
                #expect(try await fixture.job(claim.job).errorMessage == "storage is away")
                claim = try await waitForClaim(fixture, from: &now, step: 5, &pauses)
            }
            #expect(pauses == [5, 10, 20, 40, 80, 160, 300])
            #expect(try await fixture.jobs.giveUp(claim, .retry("storage is away")) == .failed)
            #expect(
                try await fixture.job(claim.job).errorMessage == "storage is away (the last of 8 attempts)"
            )
        }
    }

    @Test("a stopping daemon gives its job back at once, and the attempt does not count")
    func returned() async throws {
        try await withStore { fixture in
            let claim = try await fixture.running()
            #expect(try await fixture.jobs.giveUp(claim, .returned) == .queued)
            let again = try await fixture.claimOne()
            #expect(again.job == claim.job && again.attempt == 1 && again.epoch > claim.epoch)
        }
    }

    @Test("a job that meets a shortage waits with the reason in its step, for longer each time, at no cost for ever")
    func postponed() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            var claim = try await fixture.running()
            var (now, pauses) = (0.0, [Double]())
            for _ in 0..<12 {
                #expect(try await fixture.jobs.giveUp(claim, .postponed("the blob store is full")) == .queued)
                let job = try await fixture.job(claim.job)
                #expect(job.currentStep == "waiting: the blob store is full" && job.errorMessage == nil)
                claim = try await waitForClaim(fixture, from: &now, step: 1, &pauses)
                #expect(claim.attempt == 1)
                #expect(try await fixture.job(claim.job).currentStep.isEmpty)
            }
            #expect(pauses == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30])
            #expect(try await fixture.jobs.giveUp(claim, .retry("storage is away")) == .queued)
        }
    }

    @Test(
        "a queued job is cancelled at once; a running one learns of it at its next beat, and makes no package"
    )
    func cancel() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            let queued = try await fixture.submit(project, [.acx])
            #expect(
                try await fixture.jobs.cancel(batch: queued.batch, tenant: fixture.tenant).map(\.status) == [.cancelled]
            )

            let claim = try await fixture.running("second")
            let asked = try await fixture.jobs.cancel(claim.job, tenant: fixture.tenant)
            #expect(asked?.status == .downloadingAudio && asked?.isCancelRequested == true)
            let count = try await fixture.events(claim.project).count
            _ = try await fixture.jobs.cancel(claim.job, tenant: fixture.tenant)
            #expect(try await fixture.events(claim.project).count == count, "asking twice is one event")
            let beat = try await fixture.jobs.beat([(claim, JobProgress(percent: 50, step: "x"))])
            #expect(beat.map(\.isCancelRequested) == [true])
            #expect(try await fixture.jobs.finish(claim, fixture.package()) == .cancelRequested)
            #expect(try await fixture.store.packages.usage(tenant: fixture.tenant).usedBytes == 0)
            #expect(try await fixture.jobs.giveUp(claim, .cancelled) == .cancelled)
            #expect(try await fixture.jobs.giveUp(claim, .cancelled) == nil)
        }
    }

    @Test("a job that was asked to stop is cancelled when its daemon dies, and a finished job stays finished")
    func cancelRaces() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let dead = try await fixture.running("dead")
            _ = try await fixture.jobs.cancel(dead.job, tenant: fixture.tenant)
            try await fixture.setClock(seconds: 31)
            #expect(try await fixture.jobs.sweep().map(\.status) == [.cancelled])
            let done = try await fixture.running("done")
            #expect(try await fixture.jobs.finish(done, fixture.package()).isFinished)
            #expect(try await fixture.jobs.cancel(done.job, tenant: fixture.tenant)?.status == .completed)
            let live = try await fixture.running("live")
            #expect(try await fixture.jobs.giveUp(live, .cancelled) == nil, "nobody asked")
        }
    }

    @Test("a failed or cancelled job is queued again on request, and no other job is")
    func retry() async throws {
        try await withStore { fixture in
            let claim = try await fixture.running()
            var error = await #expect(throws: PackagingError.self) {
                try await fixture.jobs.retry(claim.job, tenant: fixture.tenant)
            }
            #expect(error?.reason == "JOB_NOT_FAILED")
            #expect(error?.message == "cannot queue job \"\(claim.job)\" again: it has not ended")
            _ = try await fixture.jobs.giveUp(claim, .failed("bad"))
            let live = try await fixture.submit(claim.project)
            error = await #expect(throws: PackagingError.self) {
                try await fixture.jobs.retry(claim.job, tenant: fixture.tenant)
            }
            #expect(error?.reason == "JOB_LIVE")
            let other = try #require(live.jobs[.google]?.id)
            #expect(error?.metadata["jobId"] == other.description)
            #expect(
                error?.message == "cannot queue job \"\(claim.job)\" again: job \"\(other)\" makes the same package now"
            )
            _ = try await fixture.jobs.cancel(batch: live.batch, tenant: fixture.tenant)
            let job = try await fixture.jobs.retry(claim.job, tenant: fixture.tenant)
            #expect(job.status == .queued && job.errorMessage == nil)
            error = await #expect(throws: PackagingError.self) {
                try await fixture.jobs.retry(.random(), tenant: fixture.tenant)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("a job that was cancelled while it ran or waited begins again, and makes its package")
    func retryCancelled() async throws {
        try await withStore { fixture in
            let running = try await fixture.running()
            _ = try await fixture.jobs.advance(running, to: .processing, JobProgress(percent: 70, step: "encoding"))
            _ = try await fixture.jobs.cancel(running.job, tenant: fixture.tenant)
            _ = try await fixture.jobs.giveUp(running, .cancelled)
            var job = try await fixture.jobs.retry(running.job, tenant: fixture.tenant)
            #expect(job.status == .queued && !job.isCancelRequested && job.progressPercent == 0)
            // Now it is cancelled before it runs.
            #expect(try await fixture.jobs.cancel(running.job, tenant: fixture.tenant)?.status == .cancelled)
            job = try await fixture.jobs.retry(running.job, tenant: fixture.tenant)
            let claim = try await fixture.claimOne()
            #expect(claim.job == running.job && claim.epoch > running.epoch)
            #expect(try await fixture.jobs.finish(claim, fixture.package()).isFinished)
            let error = await #expect(throws: PackagingError.self) {
                try await fixture.jobs.retry(claim.job, tenant: fixture.tenant)
            }
            #expect(error?.message == "cannot queue job \"\(claim.job)\" again: it is completed")
            let story = try await fixture.events(claim.project).map(\.status)
            #expect(
                story == [
                    .queued, .downloadingAudio, .processing, .processing, .cancelled, .queued, .cancelled, .queued,
                    .downloadingAudio, .completed,
                ]
            )
        }
    }

    @Test("the place of a dead attempt is swept after 15 minutes and again after a day; a package's place never")
    func orphans() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let dead = try await fixture.running()
            _ = try await fixture.jobs.giveUp(dead, .returned)
            let done = try await fixture.claimOne()
            #expect(try await fixture.jobs.finish(done, fixture.package()).isFinished)
            let packages = fixture.store.packages
            try await fixture.setClock(seconds: 899)
            #expect(try await packages.orphans().isEmpty)
            try await fixture.setClock(seconds: 901)
            var orphans = try await packages.orphans()
            #expect(orphans.map(\.location) == [dead.location])
            try await packages.recordSweep(of: orphans[0])
            #expect(try await packages.orphans().isEmpty)
            try await fixture.setClock(seconds: 86_401)
            orphans = try await packages.orphans()
            #expect(orphans.map(\.location) == [dead.location])
            try await packages.recordSweep(of: orphans[0])
            #expect(try await packages.orphans().isEmpty)
            #expect(
                try await packages.expired().flatMap(\.packages) == [
                    try #require(try await fixture.job(done.job).package)
                ]
            )
        }
    }
}

extension FinishOutcome {
    var isFinished: Bool {
        if case .finished = self { return true }
        return false
    }
}
