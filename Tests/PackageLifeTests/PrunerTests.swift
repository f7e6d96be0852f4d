import DatabaseTestSupport
import Housekeeping
import Logging
import Model
import Postgres
import Services
import Store
import TestSupport
import Testing
import Watch

@Suite("Pruner")
struct PrunerTests {
    private var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    private func pruner(_ life: PackageLife) -> Pruner { Pruner(history: life.store.history, logger: quiet) }

    /// A job of a project, failed at second 0, with so many steps between its begin and its end.
    private func failed(_ life: PackageLife, _ project: ProjectID, steps: Int = 0) async throws -> Claim {
        let claim = try await life.claim(project)
        for step in 0..<steps {
            let progress = JobProgress(percent: 1, step: "\(step)")
            _ = try await life.store.jobs.advance(claim, to: .downloadingAudio, progress)
        }
        _ = try await life.store.jobs.giveUp(claim, .failed("bad"))
        return claim
    }

    private func follow(
        _ target: EventScope,
        _ project: ProjectID,
        after sequence: Int64 = 0,
        _ life: PackageLife,
        feed given: EventFeed? = nil,
        _ receive: (JobEvent) async throws -> Void
    ) async throws {
        let feed = given ?? feed(life)
        try await feed.follow(target, project: project, after: sequence, tenant: life.tenant, receive: receive)
    }

    private func feed(_ life: PackageLife) -> EventFeed {
        EventFeed(
            events: life.store.events,
            jobs: life.store.jobs,
            client: life.database.app,
            logger: quiet,
            onNewJobs: {}
        )
    }

    @Test("it runs rounds until it is cancelled, and its pause hears what was removed")
    func rounds() async throws {
        try await PackageLife.with { life in
            _ = try await failed(life, try await life.project(), steps: 1500)
            try await life.setClock(seconds: 8 * PackageLife.day)
            let (pauses, paused) = AsyncStream<Pruner.Round>.makeStream()
            let pruner = Pruner(history: life.store.history, logger: quiet) { round in
                paused.yield(round)
                if round.isIdle { throw CancellationError() }
            }
            await pruner.run()
            paused.finish()
            var events: [Int] = []
            for await round in pauses { events.append(round.events) }
            #expect(events == [1000, 503, 0])
        }
    }

    @Test("a step that fails is tried again in the next round, and keeps no other from being done")
    func failing() async throws {
        try await PackageLife.with { life in
            _ = try await failed(life, try await life.project())
            try await life.setClock(seconds: 8 * PackageLife.day)
            try await life.database.owner.executeScript(
                "ALTER FUNCTION packaging.remove_jobs RENAME TO remove_jobs_away"
            )
            #expect(await pruner(life).round().events == 3)
            try await life.database.owner.executeScript(
                "ALTER FUNCTION packaging.remove_jobs_away RENAME TO remove_jobs"
            )
            try await life.setClock(seconds: 31 * PackageLife.day)
            await life.keepHouse()
            await life.keepHouse()
            let round = await pruner(life).round()
            #expect((round.jobs.jobs, round.jobs.batches) == (1, 1))
        }
    }

    // MARK: Watching what was removed

    @Test("who asks for events that were removed gets the job's present state, marked, and then the end")
    func ended() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let claim = try await failed(life, project, steps: 5)
            try await life.setClock(seconds: 8 * PackageLife.day)
            await pruner(life).round()
            for after in [Int64(0), 3, 7] {
                var told: [JobEvent] = []
                try await follow(.job(claim.job), project, after: after, life) { told.append($0) }
                #expect(told.map(\.sequence) == [8])
                #expect(told[0].isCompacted && told[0].status == .failed && told[0].errorMessage == "bad")
                #expect(told[0].at == PackageLife.instant(0))
            }
            var told: [JobEvent] = []
            try await follow(.job(claim.job), project, after: 8, life) { told.append($0) }
            #expect(told.isEmpty)
        }
    }

    @Test("a watch of a batch tells the state of each job in the order of their last events, and then what is new")
    func batch() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let created = try await life.store.jobs.create(
                NewBatch(project: project, platforms: [.google, .kobo]),
                tenant: life.tenant
            )
            for claim in try await life.store.jobs.claim(owner: .random(), limit: 2) {
                _ = try await life.store.jobs.giveUp(claim, .failed("bad"))
            }
            try await life.setClock(seconds: 8 * PackageLife.day)
            #expect(await pruner(life).round().events == 6)
            let google = try #require(created.jobs[.google]?.id)
            let kobo = try #require(created.jobs[.kobo]?.id)
            _ = try await life.store.jobs.retry(google, tenant: life.tenant)
            var told: [JobEvent] = []
            let feed = feed(life)
            // Nobody notifies the feed of new events here, so it is ended with the last one.
            let error = await #expect(throws: PackagingError.self) {
                try await follow(.batch(created.batch), project, life, feed: feed) { event in
                    told.append(event)
                    if event.status == .queued { _ = try await life.store.jobs.cancel(google, tenant: life.tenant) }
                    if event.status == .cancelled { feed.end() }
                }
            }
            #expect(error?.metadata["lastSequence"] == "8")
            #expect(told.map(\.job) == [kobo, google, google])
            #expect(told.map(\.sequence) == [6, 7, 8])
            #expect(told.map(\.status) == [.failed, .queued, .cancelled])
            #expect(told.map(\.isCompacted) == [true, true, false])
        }
    }

    @Test("events that are removed while a slow watcher reads do not go missing without a word")
    func meanwhile() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let claim = try await failed(life, project, steps: 600)
            try await life.setClock(seconds: 8 * PackageLife.day)
            var told: [JobEvent] = []
            // The watch reads 500 events at once.
            try await follow(.job(claim.job), project, life) { event in
                told.append(event)
                if event.sequence == 500 { await pruner(life).round() }
            }
            #expect(told.map(\.sequence) == Array(1...500) + [603])
            #expect(told.filter(\.isCompacted).map(\.sequence) == [603])
            #expect(told.last?.status == .failed)
        }
    }
}
