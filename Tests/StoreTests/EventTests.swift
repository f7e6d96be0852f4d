import DatabaseTestSupport
import Model
import Postgres
import Store
import TestSupport
import Testing

@Suite("Events", .serialized)
struct EventTests {
    @Test("the events of a job come in order, and so do those of a batch")
    func story() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let claim = try await fixture.running()
            let jobs = fixture.jobs
            _ = try await jobs.advance(
                claim,
                to: .processing,
                JobProgress(percent: 5, step: "a", remaining: .seconds(60))
            )
            _ = try await jobs.advance(claim, to: .uploading, JobProgress(percent: 90, step: "b"))
            let outcome = try await jobs.finish(claim, fixture.package())
            let events = try await fixture.store.events.events(of: .job(claim.job), tenant: fixture.tenant)
            #expect(events.map(\.status) == [.queued, .downloadingAudio, .processing, .uploading, .completed])
            #expect(events.map(\.sequence) == [1, 2, 3, 4, 5])
            #expect(events.map(\.progressPercent) == [0, 0, 5, 90, 100])
            #expect(events[2].estimatedCompletionAt == events[2].at + .seconds(60))
            #expect(events[4].package.map { outcome == .finished(package: $0, version: 1) } == true)
            let store = fixture.store.events
            #expect(
                try await store.events(of: .batch(claim.batch), after: 3, tenant: fixture.tenant) == [
                    events[3], events[4],
                ]
            )
            #expect(try await fixture.job(claim.job).lastSequence == 5)
        }
    }

    @Test("progress is an event if the percent or the step changed, at most once a second, and never decreases")
    func progress() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let claim = try await fixture.running()
            func beat(_ second: Double, _ percent: Int, _ step: String) async throws -> Bool {
                try await fixture.setClock(seconds: second)
                return try await fixture.jobs.beat([(claim, JobProgress(percent: percent, step: step))]).map(\.hasEvent)
                    == [true]
            }
            #expect(try await beat(1, 1, "one"))
            #expect(try await !beat(1.5, 2, "two"), "half a second later")
            #expect(try await beat(2, 2, "two"), "what was held back is told")
            #expect(try await !beat(5, 2, "two"), "nothing new")
            #expect(try await beat(6, 2, "three"))
            #expect(try await !beat(8, 1, "four"), "backwards")
            var last = JobProgress(percent: 2, step: "three", remaining: .seconds(60))
            #expect(try await fixture.jobs.beat([(claim, last)]).map(\.hasEvent) == [true], "the time left is known")
            try await fixture.setClock(seconds: 10)
            last.remaining = .seconds(50)
            #expect(try await fixture.jobs.beat([(claim, last)]).map(\.hasEvent) == [false])
            let steps = try await fixture.events(claim.project).dropFirst(2).map(\.currentStep)
            #expect(Array(steps) == ["one", "two", "three", "three"])
        }
    }

    @Test("a beat carries the status that its step belongs to, also back from speaking to fetching")
    func statusOfBeats() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let claim = try await fixture.running()
            let told: [(JobStatus, String)] = [
                (.downloadingAudio, "planning"), (.generatingAudio, "speaking"), (.downloadingAudio, "fetching"),
                (.processing, "encoding"), (.uploading, "storing"),
            ]
            for (second, (status, step)) in told.enumerated() {
                try await fixture.setClock(seconds: Double(second + 1))
                let progress = JobProgress(status: status, percent: 7, step: step)
                #expect(try await fixture.jobs.beat([(claim, progress)]).map(\.hasEvent) == [true], "\(step)")
            }
            let events = try await fixture.events(claim.project).dropFirst(2)
            #expect(events.map(\.status) == told.map(\.0) && events.map(\.currentStep) == told.map(\.1))
        }
    }

    @Test("the percentage of a job never falls, also not when it starts again, and the step says that it does")
    func startsAgain() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            var claim = try await fixture.running()
            let half = JobProgress(status: .processing, percent: 50, step: "encoding chapter 2 of 3")
            let ends: [(String, (JobStore, Claim) async throws -> Void)] = [
                ("starting again: the daemon that ran the job was lost", { jobs, _ in _ = try await jobs.sweep() }),
                (
                    "starting again: the daemon that ran the job stopped",
                    { jobs, claim in _ = try await jobs.giveUp(claim, .returned) }
                ),
                (
                    "waiting to try again: storage is away",
                    { jobs, claim in _ = try await jobs.giveUp(claim, .retry("storage is away")) }
                ),
            ]
            var now = 0.0
            for (name, end) in ends {
                now += 100
                try await fixture.setClock(seconds: now)
                _ = try await fixture.jobs.advance(claim, to: .processing, half)
                now += 100
                try await fixture.setClock(seconds: now)
                try await end(fixture.jobs, claim)
                var job = try await fixture.job(claim.job)
                #expect(job.status == .queued && job.progressPercent == 50 && job.currentStep == name)
                now += 100
                try await fixture.setClock(seconds: now)
                claim = try await fixture.claimOne()
                job = try await fixture.job(claim.job)
                #expect(job.progressPercent == 50 && job.currentStep == "starting again")
                now += 1
                try await fixture.setClock(seconds: now)
                let beginning = JobProgress(status: .downloadingAudio, percent: 2, step: "fetching segment 1 of 9")
                #expect(try await fixture.jobs.beat([(claim, beginning)]).map(\.hasEvent) == [true])
                job = try await fixture.job(claim.job)
                #expect(job.progressPercent == 50 && job.currentStep == "fetching segment 1 of 9")
            }
            let percents = try await fixture.events(claim.project).map(\.progressPercent)
            #expect(zip(percents, percents.dropFirst()).allSatisfy { $0 <= $1 }, "\(percents)")
        }
    }

    @Test("a project's events are numbered without gaps, even if written at once, and a reader misses none")
    func gapless() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            try await fixture.submit(project, Platform.allCases)
            let claims = try await fixture.jobs.claim(owner: .random(), limit: 5)
            let done = Task {
                // Reads on from the largest number that it has seen, as a watcher does.
                var seen: [Int64] = []
                while seen.last != 8 * 25 + 10 {
                    try Task.checkCancellation()
                    let last = seen.last ?? 0
                    seen += try await fixture.store.events.events(
                        of: .batch(claims[0].batch),
                        after: last,
                        tenant: fixture.tenant
                    )
                    .map(\.sequence)
                }
                return seen
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for step in 0..<25 {
                            let progress = JobProgress(percent: 1, step: "\(writer) \(step)")
                            _ = try await fixture.jobs.advance(claims[writer % 5], to: .downloadingAudio, progress)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await done.value == Array(1...(8 * 25 + 10)))
        }
    }

    @Test("a notification names the projects, and has room for any number of them")
    func notify() async throws {
        try await withStore { fixture in
            let projects = Set((0..<450).map { _ in ProjectID.random() })
            var heard: Set<ProjectID> = []
            let notifications = fixture.database.app.listen([StoreChannel.events, StoreChannel.jobs])
            var iterator = notifications.makeAsyncIterator()
            #expect(await iterator.next() == .reconnected)
            try await fixture.store.events.notify(projects)
            while heard.count < projects.count, case .notification(_, let payload)? = await iterator.next() {
                heard.formUnion(EventStore.projects(inPayload: payload))
            }
            #expect(heard == projects)
            try await fixture.jobs.notify()
            #expect(await iterator.next() == .notification(channel: StoreChannel.jobs, payload: ""))
        }
    }
}
