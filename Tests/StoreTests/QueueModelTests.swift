import Model
import Store
import TestSupport
import Testing

/// A model in memory of what the queue must do. It fits on a page because it has no concurrency and no SQL, and its
/// leases are only numbers.
private struct QueueModel {
    struct Job: Equatable {
        var status = JobStatus.queued
        var epoch: Epoch?
        /// The epoch of its last attempt, also after that has ended.
        var lastEpoch: Epoch?
        var leaseUntil = 0
        var runAt: Int
        var attempt = 0
        var crashes = 0
        var failures = 0
        var waits = 0
        var isCancelRequested = false

        init(at now: Int) { runAt = now }

        var isRunning: Bool { !status.isTerminal && status != .queued }

        mutating func end(_ status: JobStatus) {
            self.status = status
            if status == .queued { epoch = nil }
        }
    }

    static let lease = 15
    var now = 0
    var jobs: [JobID: Job] = [:]
    /// The attempts that a sweep called lost, and whose daemons were not heard of since then.
    var lost: Set<Epoch> = []
    var packages = 0
    var events = 0

    static func backoff(_ failures: Int) -> Int { min(5 << min(failures, 10), 300) }

    func holds(_ claim: Claim) -> Bool { jobs[claim.job].map { $0.isRunning && $0.epoch == claim.epoch } ?? false }

    mutating func claimed(_ claim: Claim) {
        jobs[claim.job]?.status = .downloadingAudio
        jobs[claim.job]?.epoch = claim.epoch
        jobs[claim.job]?.lastEpoch = claim.epoch
        jobs[claim.job]?.leaseUntil = now + Self.lease
        jobs[claim.job]?.attempt += 1
        events += 1
    }

    mutating func beat(_ claim: Claim) { jobs[claim.job]?.leaseUntil = now + Self.lease }

    mutating func finish(_ claim: Claim) -> String {
        guard let job = jobs[claim.job], job.epoch == claim.epoch else { return "not yours" }
        guard job.status != .completed else { return "finished" }
        guard job.isRunning else { return "not yours" }
        guard !job.isCancelRequested else { return "cancelled" }
        jobs[claim.job]?.end(.completed)
        packages += 1
        events += 1
        return "finished"
    }

    mutating func giveUp(_ claim: Claim, _ how: GivingUp) -> JobStatus? {
        guard holds(claim), var job = jobs[claim.job], how != .cancelled || job.isCancelRequested else { return nil }
        events += 1
        defer { jobs[claim.job] = job }
        switch how {
        case .retry:
            job.runAt = now + Self.backoff(job.failures)
            job.failures += 1
        case .postponed: job.runAt = now + min(1 << min(job.waits, 5), 30)
        default: job.runAt = now
        }
        if case .postponed = how { job.waits += 1 } else { job.waits = 0 }
        switch how {
        case _ where job.isCancelRequested: job.end(.cancelled)
        case .failed,
            .retry where job.failures == 8:
            job.end(.failed)
        case .returned, .postponed:
            job.attempt -= 1
            job.end(.queued)
        default: job.end(.queued)
        }
        return job.status
    }

    /// Gives a job back; returns whether somebody may claim it earlier now.
    mutating func giveBack(_ claim: Claim) -> Bool {
        if let status = giveUp(claim, .returned) { return status == .queued }
        guard lost.remove(claim.epoch) != nil else { return false }
        guard var job = jobs[claim.job], !job.status.isTerminal else { return true }
        job.crashes = max(0, job.crashes - 1)
        if job.status == .queued, job.lastEpoch == claim.epoch { job.runAt = min(job.runAt, now) }
        jobs[claim.job] = job
        return true
    }

    mutating func cancel(_ id: JobID) {
        guard let job = jobs[id], !job.status.isTerminal, !job.isCancelRequested else { return }
        jobs[id]?.isCancelRequested = true
        if job.status == .queued { jobs[id]?.end(.cancelled) }
        events += 1
    }

    mutating func sweep() -> Set<JobID> {
        let lost = jobs.filter { $0.value.isRunning && $0.value.leaseUntil < now }
        for (id, job) in lost {
            if let epoch = job.epoch { self.lost.insert(epoch) }
            jobs[id]?.crashes += 1
            jobs[id]?.runAt = job.crashes == 0 ? now : now + Self.backoff(job.crashes - 1)
            jobs[id]?.end(job.isCancelRequested ? .cancelled : job.crashes == 3 ? .failed : .queued)
            events += 1
        }
        return Set(lost.keys)
    }
}

@Suite("Queue against its model")
struct QueueModelTests {
    /// The number of random lives of a queue, each with this number of steps. A failure prints the seed and the step.
    static let lives = 6, steps = 75

    @Test(
        "any order of submit, claim, beat, finish, fail, give back, cancel and sweep ends as the model says",
        arguments: 0..<lives
    )
    func random(life: Int) async throws {
        let seed = UInt64.random(in: .min ... .max)
        try await withStore { fixture in
            var generator = SeededGenerator(seed: seed)
            var model = QueueModel()
            var project: [JobID: ProjectID] = [:]
            var claims: [Claim] = []  // also of attempts that are over: they still attempt to write
            let projects = [try await fixture.project("one"), try await fixture.project("two")]
            for step in 0..<Self.steps {
                let note: Comment = "seed \(seed), step \(step)"
                try await fixture.setClock(seconds: Double(model.now))
                let claim = claims.randomElement(using: &generator)
                switch (Int.random(in: 0..<15, using: &generator), claim) {
                case (0...1, _):
                    let target = projects[Int.random(in: 0..<2, using: &generator)]
                    let created = try await fixture.submit(target, [.google, .kobo])
                    for job in created.jobs.values where !job.existing {
                        #expect(model.jobs[job.id] == nil, note)
                        model.jobs[job.id] = QueueModel.Job(at: model.now)
                        model.events += 1
                        project[job.id] = target
                    }
                case (2...4, _):
                    let taken = try await fixture.jobs.claim(owner: .random(), limit: 2)
                    let due = model.jobs.filter { $0.value.status == .queued && $0.value.runAt <= model.now }
                    #expect(taken.isEmpty == due.isEmpty, note)
                    #expect(taken.allSatisfy { due[$0.job] != nil }, note)
                    for claim in taken { model.claimed(claim) }
                    claims += taken
                case (5, let claim?):
                    let answers = try await fixture.jobs.beat([(claim, JobProgress(percent: 0, step: ""))])
                    #expect(answers.isEmpty != model.holds(claim), note)
                    if model.holds(claim) { model.beat(claim) }
                case (6...7, let claim?):
                    let outcome = try await fixture.jobs.finish(claim, fixture.package(bytes: 1))
                    #expect(word(outcome) == model.finish(claim), note)
                case (8...10, let claim?):
                    let ways: [GivingUp] = [
                        .failed("bad"), .retry("away"), .retry("away"), .returned, .postponed("full"), .cancelled,
                    ]
                    let how = ways[Int.random(in: 0..<ways.count, using: &generator)]
                    #expect(try await fixture.jobs.giveUp(claim, how) == model.giveUp(claim, how), note)
                case (11, let claim?):
                    _ = try await fixture.jobs.cancel(claim.job, tenant: fixture.tenant)
                    model.cancel(claim.job)
                case (12, let claim?):
                    #expect(try await fixture.jobs.giveBack(claim) == model.giveBack(claim), note)
                case (13, _):
                    #expect(Set(try await fixture.jobs.sweep().map(\.job)) == model.sweep(), note)
                default:
                    model.now += [1, 5, 14, 16, 300].randomElement(using: &generator) ?? 1
                }
            }
            try await compare(fixture, model, projects, "seed \(seed)")
        }
    }

    private func word(_ outcome: FinishOutcome) -> String {
        switch outcome {
        case .finished: "finished"
        case .notYours: "not yours"
        case .cancelRequested: "cancelled"
        case .quotaExceeded, .objectGone: "refused"
        }
    }

    private func compare(
        _ fixture: StoreFixture,
        _ model: QueueModel,
        _ projects: [ProjectID],
        _ note: Comment
    ) async throws {
        for (id, expected) in model.jobs {
            let job = try await fixture.job(id)
            #expect(job.status == expected.status, note)
            #expect(job.attempt == expected.attempt, note)
            #expect(job.epoch == expected.epoch, note)
            #expect(job.isCancelRequested == expected.isCancelRequested, note)
            let last = try await fixture.store.events.events(of: .job(id), tenant: fixture.tenant).last
            #expect(last?.status == job.status && last?.sequence == job.lastSequence, note)
        }
        var events = 0
        var packages = 0
        for project in projects {
            let sequences = try await fixture.events(project).map(\.sequence)
            #expect(sequences == Array(1...Int64(max(1, sequences.count))).prefix(sequences.count).map(\.self), note)
            events += sequences.count
            let page = try await fixture.store.packages.packages(project: project, limit: 1000, tenant: fixture.tenant)
            packages += page.elements.count
        }
        #expect(events == model.events, note)
        #expect(packages == model.packages, note)
        #expect(try await fixture.store.packages.usage(tenant: fixture.tenant).usedBytes == Int64(model.packages), note)
    }
}
