import Concurrency
import Synchronization
import Testing

@Suite("Tasks with a bound")
struct BoundedTasksTests {
    @Test("no more tasks run at once than the bound, and every result comes with the position of its item")
    func bound() async throws {
        // A task is started as soon as its item is taken, so the items that are taken and not yet received are the tasks
        // that run. Counting these does not depend on which task the scheduler runs first.
        let counts = Mutex((taken: 0, received: 0, most: 0))
        let items = sequence(state: 0) { next -> Int? in
            guard next < 10 else { return nil }
            defer { next += 1 }
            counts.withLock { counts in
                counts.taken += 1
                counts.most = max(counts.most, counts.taken - counts.received)
            }
            return next
        }
        var results: [Int: String] = [:]
        try await withBoundedTasks(items, atOnce: 3) {
            "item \($0)"
        } receive: { place, result in
            counts.withLock { $0.received += 1 }
            results[place] = result
        }
        #expect(results == Dictionary(uniqueKeysWithValues: (0..<10).map { ($0, "item \($0)") }))
        #expect(counts.withLock { $0.most } == 3)
    }

    @Test("the first error cancels the running tasks, and no other task is started")
    func failure() async throws {
        struct Fault: Error {}
        let never = Deferred<Void>()
        let started = Mutex(0)
        await #expect(throws: Fault.self) {
            try await withBoundedTasks(0..<100, atOnce: 2) { item in
                started.withLock { $0 += 1 }
                if item == 1 { throw Fault() }
                try await never.value
            } receive: { _, _ in
            }
        }
        #expect(started.withLock { $0 } == 2)
    }

    @Test("an error of the receiver ends the tasks, too")
    func receiverFails() async throws {
        struct Fault: Error {}
        var received: [Int] = []
        await #expect(throws: Fault.self) {
            try await withBoundedTasks(0..<100, atOnce: 1) {
                $0
            } receive: { place, _ in
                received.append(place)
                if place == 2 { throw Fault() }
            }
        }
        #expect(received == [0, 1, 2])
    }

    @Test("without items, nothing is run and nothing is received")
    func nothing() async throws {
        try await withBoundedTasks([Int](), atOnce: 4) {
            $0
        } receive: { _, _ in
            Issue.record("there was nothing")
        }
    }
}
