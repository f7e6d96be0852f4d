import Assets
import Blobs
import Jobs
import Logging
import Model
import Queue
import Speech
import Store
import Workers

extension PackageLife {
    /// Gives `body` a running queue, as a daemon has it. Without a wake-up it looks for jobs only once in a long while.
    func withQueue(
        gate: HealthGate,
        workers: WorkerPool,
        blobs: (any BlobStore)? = nil,
        speech: [any SpeechProvider] = [],
        _ body: (JobQueue) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let wakeUps = WakeUps(store: store, logger: logger)
        let queue = JobQueue(
            configuration: JobQueue.Configuration(
                instance: .random(),
                concurrency: 1,
                pollInterval: .seconds(1 << 20)
            ),
            store: store.jobs,
            gate: gate,
            releases: Releases(store: store.jobs, wakeUps: wakeUps, logger: logger),
            wakeUps: wakeUps,
            logger: logger
        )
        let batches = BatchRunner(
            parts: BatchParts(
                store: store,
                blobs: blobs ?? self.blobs,
                scratch: try ScratchSpace(root: folder + "/scratch"),
                workers: workers,
                speech: speech,
                encoderBuild: "test"
            ),
            logger: logger
        )
        try await withThrowingTaskGroup { group in
            group.addTask { await queue.run { await batches.run($0) } }
            try await body(queue)
            queue.beginGracefulShutdown()
            try await group.waitForAll()
        }
    }
}
