import DatabaseTestSupport
import Model
import Postgres
import Queue
import Store
import Synchronization
import TestSupport
import Testing
import Workers

@Suite("A daemon that is not healthy")
struct HealthGateTests {
    /// A daemon's health, which a test sets, and which reports each question about it.
    private final class Health: Sendable {
        /// An element for each question whether the daemon is healthy: whether somebody had looked by then.
        let questions: AsyncStream<Bool>
        let looks: AsyncStream<Void>
        private let asked: AsyncStream<Bool>.Continuation
        private let looked: AsyncStream<Void>.Continuation
        private let state: Mutex<(isHealthy: Bool, wasLookedAt: Bool)>
        private let problem: PackagingError?

        static let away = PackagingError(.unavailable, "the blob store is not available")

        /// - Parameter problem: The problem that every look finds.
        init(isHealthy: Bool, looksFind problem: PackagingError?) {
            (questions, asked) = AsyncStream.makeStream()
            (looks, looked) = AsyncStream.makeStream()
            state = Mutex((isHealthy, false))
            self.problem = problem
        }

        func set(_ isHealthy: Bool) { state.withLock { $0.isHealthy = isHealthy } }

        var gate: HealthGate {
            HealthGate {
                let state = self.state.withLock { $0 }
                self.asked.yield(state.wasLookedAt)
                return state.isHealthy
            } look: {
                self.state.withLock { $0 = (self.problem == nil, true) }
                self.looked.yield()
                return self.problem
            }
        }
    }

    private func withQueue(
        _ life: PackageLife,
        _ health: Health,
        _ body: (JobQueue) async throws -> Void
    ) async throws {
        try await life.withQueue(gate: health.gate, workers: try .fake(), body)
    }

    private func submit(_ life: PackageLife) async throws -> JobID {
        // Its audio is missing, so that it fails as soon as it is begun.
        let project = try await life.project(audio: ["missing"])
        let batch = NewBatch(project: project, platforms: [.google])
        return try #require(try await life.store.jobs.create(batch, tenant: life.tenant).jobs[.google]?.id)
    }

    /// The story of a job: its statuses one after another, each once however often a beat reported it, and the number
    /// of attempts that count.
    private func story(of job: JobID, _ life: PackageLife) async throws -> Story {
        let events = try await life.store.events.events(of: .job(job), tenant: life.tenant)
        let attempt = try await life.store.jobs.job(job, tenant: life.tenant)?.attempt
        let statuses = events.map(\.status).reduce(into: [JobStatus]()) { told, status in
            if told.last != status { told.append(status) }
        }
        return Story(statuses: statuses, attempt: attempt)
    }

    private struct Story: Equatable {
        var statuses: [JobStatus]
        var attempt: Int?
    }

    @Test("claims nothing, and goes on as soon as it is healthy again and woken", .timeLimit(.minutes(5)))
    func waits() async throws {
        try await PackageLife.with { life in
            let health = Health(isHealthy: false, looksFind: nil)
            let job = try await submit(life)
            try await withQueue(life, health) { queue in
                // A queue that may claim asks twice when it is woken. When it asks again, everything that followed the
                // first wake-up is over.
                var questions = health.questions.makeAsyncIterator()
                for _ in 0..<3 {
                    queue.wake()
                    _ = await questions.next()
                }
                let before = try await story(of: job, life)
                #expect(before == Story(statuses: [.queued], attempt: 0))
                health.set(true)
                queue.wake()
                var looks = health.looks.makeAsyncIterator()
                await looks.next()
            }
            let ended = try await story(of: job, life)
            #expect(ended == Story(statuses: [.queued, .downloadingAudio, .failed], attempt: 1))
        }
    }

    @Test("gives back a job that failed meanwhile, charges no attempt, and stops claiming", .timeLimit(.minutes(5)))
    func givesBack() async throws {
        try await PackageLife.with { life in
            let health = Health(isHealthy: true, looksFind: Health.away)
            let job = try await submit(life)
            try await withQueue(life, health) { queue in
                queue.wake()
                var looks = health.looks.makeAsyncIterator()
                await looks.next()
            }
            let ended = try await story(of: job, life)
            #expect(ended == Story(statuses: [.queued, .downloadingAudio, .queued], attempt: 0))
        }
    }

    @Test("lets a job that ends while the disk is full wait, and charges no attempt", .timeLimit(.minutes(5)))
    func full() async throws {
        try await PackageLife.with { life in
            let full = PackagingError(.resourceExhausted, "the blob store is full")
            let health = Health(isHealthy: true, looksFind: full)
            let job = try await submit(life)
            try await withQueue(life, health) { queue in
                queue.wake()
                var looks = health.looks.makeAsyncIterator()
                await looks.next()
            }
            let ended = try await story(of: job, life)
            #expect(ended == Story(statuses: [.queued, .downloadingAudio, .queued], attempt: 0))
        }
    }

    @Test("gives a job back once the database is available again, and then claims it", .timeLimit(.minutes(5)))
    func givesBackLater() async throws {
        try await PackageLife.with { life in
            let health = Health(isHealthy: true, looksFind: Health.away)
            let job = try await submit(life)
            let (away, back) = (
                "give_up(uuid, uuid, bigint, text, text, text)", "away(uuid, uuid, bigint, text, text, text)"
            )
            try await life.database.owner.executeScript("ALTER FUNCTION packaging.\(away) RENAME TO away")
            try await withQueue(life, health) { queue in
                // The queue asks again when the job could not be given back.
                for await wasLookedAt in health.questions where wasLookedAt { break }
                try await life.database.owner.executeScript("ALTER FUNCTION packaging.\(back) RENAME TO give_up")
                health.set(true)
                queue.wake()
                var looks = health.looks.makeAsyncIterator()
                for _ in 0..<2 { await looks.next() }
            }
            let story = try await story(of: job, life)
            #expect(story.statuses == [.queued, .downloadingAudio, .queued, .downloadingAudio, .queued])
            #expect(story.attempt == 0)
        }
    }
}
