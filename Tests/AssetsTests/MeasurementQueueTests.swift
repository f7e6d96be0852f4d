import Model
import Testing

@testable import Assets

@Suite("Gathering audio into batches")
struct MeasurementQueueTests {
    private let first = ProjectID(high: 0, low: 1)
    private let second = ProjectID(high: 0, low: 2)

    @Test("audio that arrives while a worker is free is measured at once")
    func startsAtOnce() {
        var queue = MeasurementQueue<Int>(concurrency: 2)
        #expect(queue.add(1, of: first)?.items == [1])
        #expect(queue.add(2, of: first)?.items == [2])
        #expect(queue.add(3, of: first) == nil)
    }

    @Test("audio that arrives while all workers are busy is gathered, up to 64 files for one worker, and none is lost")
    func gathers() {
        var queue = MeasurementQueue<Int>(concurrency: 1)
        _ = queue.add(0, of: first)
        for item in 1...100 { #expect(queue.add(item, of: first) == nil) }
        #expect(queue.finished()?.items == Array(1...64))
        #expect(queue.finished()?.items == Array(65...100))
        #expect(queue.finished() == nil)
        #expect(queue.add(101, of: first)?.items == [101])
    }

    @Test("projects take turns, and a batch holds one project only")
    func takesTurns() {
        var queue = MeasurementQueue<Int>(concurrency: 1)
        _ = queue.add(0, of: first)
        for item in 1...130 { _ = queue.add(item, of: first) }
        _ = queue.add(1000, of: second)
        #expect(queue.finished()?.project == first)
        let other = queue.finished()
        #expect(other?.project == second)
        #expect(other?.items == [1000])
        #expect(queue.finished()?.items.count == 64)
        #expect(queue.finished()?.items == [129, 130])
    }
}
