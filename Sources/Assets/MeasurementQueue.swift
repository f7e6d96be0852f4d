import Concurrency
import Model
import Workers

/// Gathers what is to be measured into batches, one project each, so that a worker process has enough to do.
///
/// Starting a worker costs more than measuring a sentence. While as many batches run as may, what arrives is gathered; the
/// project that waits longest is served next. A value without I/O: whoever gets a ``Batch`` runs it and then says
/// ``finished()``.
struct MeasurementQueue<Item: Sendable>: Sendable {
    /// Items of one project, to be measured by one worker.
    struct Batch: Sendable {
        var project: ProjectID
        var items: [Item]
    }

    /// The most that one worker is given, so that what it holds open stays bounded.
    static var batchLimit: Int { WorkerPool.segmentsPerMeasurement }

    private let concurrency: Int
    private var running = 0
    private var waiting = FairTurns<ProjectID, Item>()

    /// A queue from which at most `concurrency` batches run at once.
    init(concurrency: Int) {
        self.concurrency = concurrency
    }

    /// Adds an item, and gives a batch to run if one more may run.
    mutating func add(_ item: Item, of project: ProjectID) -> Batch? {
        waiting.add(item, of: project)
        return next()
    }

    /// A batch has ended; gives the next.
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
