import Blobs
import Concurrency
import DatabaseTestSupport
import Files
import Model
import Planning
import Postgres
import Queue
import Speech
import Store
import TestSupport
import Testing
import Workers

@Suite("The jobs of one batch")
struct BatchSiblingTests {
    /// The work that all jobs of a batch share, in the middle of which the first job leaves the batch.
    enum Moment: CaseIterable, Sendable {
        case speaking, fetching
    }

    /// The way in which the first job leaves.
    enum Leaving: CaseIterable, Sendable {
        case cancelled, takenBack
    }

    @Test(
        "go on when the first one is cancelled or taken back while they are spoken or fetched",
        .timeLimit(.minutes(5)),
        arguments: Moment.allCases,
        Leaving.allCases
    )
    func firstLeaves(moment: Moment, leaving: Leaving) async throws {
        try await PackageLife.with { life in
            let stop = Stop()
            let created = try await life.store.jobs.create(
                NewBatch(
                    project: try await life.project(),
                    platforms: [.google, .spotify],
                    options: BatchOptions(generateMissingAudio: true)
                ),
                tenant: life.tenant
            )
            let first = try #require(created.jobs[.google]?.id)
            let second = try #require(created.jobs[.spotify]?.id)
            try await withQueue(life, stopping: stop, at: moment) { queue in
                var arrivals = stop.arrivals.makeAsyncIterator()
                await arrivals.next()
                switch leaving {
                case .cancelled:
                    _ = try await life.store.jobs.cancel(first, tenant: life.tenant)
                    while try await look(first, life).status != .cancelled { queue.wake() }
                case .takenBack:
                    try await takeBack(first, life)
                }
                stop.goOn.settle(.success(()))
                while try await isRunning(second, life) { await Task.yield() }
            }
            let ended = try await look(second, life)
            #expect(ended.errorMessage == nil)
            #expect(ended.status == .completed)
            #expect(ended.attempt == 1)
            let left = try await look(first, life)
            // A job that was taken back is free for the same daemon, too, as soon as that has said that it lives.
            #expect(leaving == .cancelled ? left.status == .cancelled : [.queued, .completed].contains(left.status))
            #expect(left.errorMessage == nil)
        }
    }

    @Test("stop speaking when their leases are lost, before any look at the daemon's health", .timeLimit(.minutes(5)))
    func lostLeases() async throws {
        try await PackageLife.with { life in
            // No beat is answered from now on.
            try await life.database.owner.executeScript(
                """
                UPDATE packaging.queue_settings SET lease_seconds = 2;
                ALTER FUNCTION packaging.beat(jsonb) RENAME TO away
                """
            )
            let stop = Stop()
            _ = try await life.store.jobs.create(
                NewBatch(
                    project: try await life.project(),
                    platforms: [.google, .spotify],
                    options: BatchOptions(generateMissingAudio: true)
                ),
                tenant: life.tenant
            )
            // Every look at the daemon's health waits until speaking has stopped. If a look came first, the test would
            // hang.
            let gate = HealthGate {
                true
            } look: {
                try? await stop.end.value
                return nil
            }
            try await life.withQueue(gate: gate, workers: try .fake(), speech: [Speaker(stop: stop)]) { queue in
                var arrivals = stop.arrivals.makeAsyncIterator()
                await arrivals.next()
                await #expect(throws: CancellationError.self) { try await stop.end.value }
            }
        }
    }

    /// Takes a job away from the daemon that works on it, as the sweep of another daemon does when the lease has run
    /// out. No other daemon is there to claim it.
    private func takeBack(_ job: JobID, _ life: PackageLife) async throws {
        // A beat may renew the lease between the UPDATE and the sweep.
        var swept: [SweptJob] = []
        while swept.isEmpty {
            try await life.database.owner.executeScript(
                """
                UPDATE packaging.packaging_jobs SET lease_until = packaging.now() - interval '1 second'
                WHERE id = '\(job)'
                """
            )
            swept = try await life.store.jobs.sweep()
        }
        #expect(swept.map(\.job) == [job])
    }

    private func isRunning(_ job: JobID, _ life: PackageLife) async throws -> Bool {
        let status = try await look(job, life).status
        return status != .queued && !status.isTerminal
    }

    private func look(_ job: JobID, _ life: PackageLife) async throws -> PackagingJob {
        try #require(try await life.store.jobs.job(job, tenant: life.tenant))
    }

    /// Gives `body` a running queue with real workers, in which the shared work of a batch stops at one moment.
    private func withQueue(
        _ life: PackageLife,
        stopping stop: Stop,
        at moment: Moment,
        _ body: (JobQueue) async throws -> Void
    ) async throws {
        let healthy = HealthGate {
            true
        } look: {
            nil
        }
        try await life.withQueue(
            gate: healthy,
            workers: try .real(),
            blobs: StoppingBlobs(blobs: life.blobs, stop: moment == .fetching ? stop : nil),
            speech: [Speaker(stop: moment == .speaking ? stop : nil)],
            body
        )
    }
}

/// A place where work stops until the test lets it go on.
private struct Stop: Sendable {
    /// An element for each time when work arrives there.
    let arrivals: AsyncStream<Void>
    let goOn = Deferred<Void>()
    /// How the waiting ended.
    let end = Deferred<Void>()
    private let arrived: AsyncStream<Void>.Continuation

    init() { (arrivals, arrived) = AsyncStream.makeStream() }

    func wait() async throws {
        arrived.yield()
        do {
            try await goOn.value
            end.settle(.success(()))
        } catch {
            end.settle(.failure(error))
            throw error
        }
    }
}

/// Speaks a second of a steady tone.
private struct Speaker: SpeechProvider {
    let name = SpeechPlan.usualProvider
    let stop: Stop?

    func usualVoice(for language: String) -> String? { "tone" }
    func provenance(of voice: String) -> String { voice }
    func speak(_ utterance: Utterance, to path: String) async throws {
        try await stop?.wait()
        try OpenFile(path, .creating).write(Tone.wav())
    }
}

/// A blob store whose fetches of audio wait at `stop`.
private struct StoppingBlobs: WrappedBlobs {
    let blobs: FileBlobStore
    let stop: Stop?

    func localPath(of location: BlobLocation) async throws(BlobError) -> String? {
        if location.path.contains("segments/") || location.container.hasSuffix("-audio") { try? await stop?.wait() }
        return try await blobs.localPath(of: location)
    }
}
