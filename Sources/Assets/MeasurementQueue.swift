import Concurrency
import Model
import Workers

/// Gathers files to be measured into batches of one project each, so that a worker process has enough to do.
///
/// Starting a worker costs more than measuring a sentence. While the largest allowed number of batches runs, new items
/// are gathered; the project that has waited longest is served next. A value without I/O: the caller that gets a
/// ``Batch`` runs it and then calls ``finished()``.
struct MeasurementQueue<Item: Sendable>: Sendable {
    /// Items of one project, to be measured by one worker.
    struct Batch: Sendable {
        var project: ProjectID
        var items: [Item]
    }

    /// The most items that one worker is given, so that the number of files it holds open stays bounded.
    static var batchLimit: Int { WorkerPool.segmentsPerMeasurement }

    private let concurrency: Int
    private var running = 0
    private var waiting = FairTurns<ProjectID, Item>()

    /// A queue from which at most `concurrency` batches run at once.
    init(concurrency: Int) {
        self.concurrency = concurrency
    }

    /// Adds an item, and returns a batch to run if one more may run.
    mutating func add(_ item: Item, of project: ProjectID) -> Batch? {
        waiting.add(item, of: project)
        return next()
    }

    /// Reports that a batch has ended, and returns the next batch to run.
    mutating func finished() -> Batch? {
        running -= 1
        return next()
    }

    private mutating func next() -> Batch? {
        guard running < concurrency, let (project, items) = waiting.next(upTo: Self.batchLimit) else { return nil }
        running += 1
        return Batch(project: project, items: items)
    }
}
