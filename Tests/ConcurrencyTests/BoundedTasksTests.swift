import Concurrency
import Synchronization
import Testing

@Suite("Tasks with a bound")
struct BoundedTasksTests {
    @Test("no more tasks run at once than the bound, and every result comes with the position of its item")
    func bound() async throws {
        let running = Mutex((now: 0, most: 0))
        let gates = (0..<10).map { _ in Deferred<Void>() }
        var results: [Int: String] = [:]
        gates[0].settle(.success(()))
        try await withBoundedTasks(Array(gates.enumerated()), atOnce: 3) { index, gate in
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            // Each task lets the next one go on, so that all three places are taken again and again.
            if index + 1 < gates.count { gates[index + 1].settle(.success(())) }
            try await gate.value
            running.withLock { $0.now -= 1 }
            return "item \(index)"
        } receive: { place, result in
            results[place] = result
        }
        #expect(results == Dictionary(uniqueKeysWithValues: (0..<10).map { ($0, "item \($0)") }))
        #expect(running.withLock { $0.most } <= 3)
        #expect(running.withLock { $0.now } == 0)
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
