import Concurrency
import Testing

@Suite("Which tenant gets the next worker")
struct FairQueueTests {
    @Test("no more tasks are let in than the capacity")
    func capacity() {
        var queue = FairQueue<String, Int>(capacity: 2)
        let entered = [queue.arrive(1, of: "a"), queue.arrive(2, of: "a"), queue.arrive(3, of: "b")]
        #expect(entered == [true, true, false])
        #expect(queue.inside == 2)
    }

    @Test("tasks of one tenant are let in in the order of their arrival")
    func firstComeFirstServed() {
        var queue = FairQueue<String, Int>(capacity: 1)
        for ticket in 1...4 { _ = queue.arrive(ticket, of: "a") }
        let order = (1...4).map { _ in queue.leave() }
        #expect(order == [2, 3, 4, nil])
        #expect(queue.inside == 0)
    }

    @Test("a tenant with many tasks delays another by one task")
    func turns() {
        var queue = FairQueue<String, Int>(capacity: 1)
        for ticket in 1...5 { _ = queue.arrive(ticket, of: "many") }
        for ticket in 11...12 { _ = queue.arrive(ticket, of: "few") }
        let order = (0..<6).map { _ in queue.leave() }
        #expect(order == [2, 11, 3, 12, 4, 5])
    }

    @Test("a task that gives up is not let in, and a task that was let in cannot give up any more")
    func abandon() {
        var queue = FairQueue<String, Int>(capacity: 1)
        for ticket in 1...3 { _ = queue.arrive(ticket, of: "a") }
        let abandoned = [queue.abandon(2, of: "a"), queue.abandon(2, of: "a")]
        #expect(abandoned == [true, false])
        let next = queue.leave()
        #expect(next == 3)
        let late = queue.abandon(3, of: "a")
        #expect(!late)
        let last = queue.leave()
        #expect(last == nil)
    }
}

@Suite("Turns of owners")
struct FairTurnsTests {
    @Test("a turn takes the waiting items of an owner up to the limit, and the rest waits behind the other owners")
    func limit() {
        var turns = FairTurns<String, Int>()
        for item in 1...5 { turns.add(item, of: "a") }
        turns.add(10, of: "b")
        let taken = (0..<4).map { _ in turns.next(upTo: 2)?.items }
        #expect(taken == [[1, 2], [10], [3, 4], [5]])
        #expect(turns.isEmpty)
        #expect(turns.next() == nil)
    }

    @Test("an owner whose last item was removed has no turn")
    func removed() {
        var turns = FairTurns<String, Int>()
        turns.add(1, of: "a")
        turns.add(2, of: "b")
        let removed = [turns.remove(of: "a") { $0 == 1 }, turns.remove(of: "a") { $0 == 1 }]
        #expect(removed == [true, false])
        #expect(turns.next()?.owner == "b")
        #expect(turns.isEmpty)
    }
}
