import Concurrency
package import Files
package import Model
import Synchronization
package import Workers

/// Measures audio as it arrives, in batches.
///
/// ``run()`` must be running for ``measure(_:of:tenant:)`` to return.
package final class AudioMeasuring: Sendable {
    /// Measures up to 64 files of one tenant with one worker, or with a worker for each file that is left if that one
    /// ends early. Returns one outcome for each file, in order.
    typealias MeasureBatch = @Sendable (_ files: [OpenFile], _ tenant: TenantID) async throws -> [MeasureOutcome]

    /// The number of files of one caller that may wait here at once: enough to fill a batch while another is measured.
    package static let filesAtOnce = 2 * MeasurementQueue<Void>.batchLimit

    private struct Item: Sendable {
        let file: OpenFile
        let tenant: TenantID
        let outcome: Deferred<Result<AudioMeasurement, AudioRefusal>>
    }

    private let queue: Mutex<MeasurementQueue<Item>>
    private let batches: AsyncStream<MeasurementQueue<Item>.Batch>
    private let start: AsyncStream<MeasurementQueue<Item>.Batch>.Continuation
    private let measureBatch: MeasureBatch

    /// Measures with `workers`, at most `concurrency` of them at once.
    package convenience init(concurrency: Int, workers: WorkerPool) {
        self.init(concurrency: concurrency) { files, tenant in
            try await workers.measure(files.map { .reading($0.path) }, tenant: tenant)
        }
    }

    /// Measures with `measureBatch`, at most `concurrency` batches at once.
    init(concurrency: Int, measureBatch: @escaping MeasureBatch) {
        queue = Mutex(MeasurementQueue(concurrency: concurrency))
        (batches, start) = AsyncStream.makeStream()
        self.measureBatch = measureBatch
    }

    /// Runs batches until the task is cancelled. Files that still wait then fail.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await batch in batches {
                group.addTask { await self.run(batch) }
            }
            group.cancelAll()
        }
    }

    /// Measures one file with a worker, and returns the measurement or the reason why the audio is refused.
    ///
    /// - Throws: ``PackagingError`` if the file could not be measured. Such an error says nothing about the file.
    package func measure(
        _ file: OpenFile,
        of project: ProjectID,
        tenant: TenantID
    ) async throws -> Result<AudioMeasurement, AudioRefusal> {
        let outcome = Deferred<Result<AudioMeasurement, AudioRefusal>>()
        let batch = queue.withLock { $0.add(Item(file: file, tenant: tenant, outcome: outcome), of: project) }
        if let batch { begin(batch) }
        return try await outcome.value
    }

    private func begin(_ batch: MeasurementQueue<Item>.Batch) {
        if case .terminated = start.yield(batch) {
            let error = PackagingError(.unavailable, "the daemon is stopping")
            for item in batch.items { item.outcome.settle(.failure(error)) }
        }
    }

    private static func error(for error: any Error) -> any Error {
        (error as? WorkerError).map { PackagingError($0) } ?? error
    }

    private func run(_ batch: MeasurementQueue<Item>.Batch) async {
        do {
            let outcomes = try await measureBatch(batch.items.map(\.file), batch.items[0].tenant)
            for (item, outcome) in zip(batch.items, outcomes) {
                item.outcome.settle(Result { try outcome.judged() }.mapError(Self.error(for:)))
            }
        } catch {
            for item in batch.items { item.outcome.settle(.failure(Self.error(for: error))) }
        }
        if let next = queue.withLock({ $0.finished() }) { begin(next) }
    }
}
