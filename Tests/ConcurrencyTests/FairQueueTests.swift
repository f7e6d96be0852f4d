import Concurrency
import TestSupport
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

@Suite("A queue whose room changes")
struct ResizedQueueTests {
    @Test("tasks that are inside stay when there is room for fewer, and nobody enters until enough have left")
    func shrinks() {
        var queue = FairQueue<String, Int>(capacity: 4)
        for ticket in 1...6 { _ = queue.arrive(ticket, of: "a") }
        #expect(queue.resize(to: 2) == [])
        #expect(queue.inside == 4)
        let next = (1...3).map { _ in queue.leave() }
        #expect(next == [nil, nil, 5], "the third to leave makes room for one")
        #expect(queue.inside == 2)
        let entered = queue.arrive(7, of: "a")
        #expect(!entered)
    }

    @Test("tasks enter in the order of their tenants' turns when there is room for more")
    func grows() {
        var queue = FairQueue<String, Int>(capacity: 1)
        for ticket in 1...4 { _ = queue.arrive(ticket, of: "many") }
        for ticket in 11...12 { _ = queue.arrive(ticket, of: "few") }
        #expect(queue.resize(to: 4) == [2, 11, 3])
        #expect(queue.inside == 4)
        #expect(queue.resize(to: 9) == [12, 4])
        #expect(queue.inside == 6)
        let entered = queue.arrive(5, of: "many")
        #expect(entered)
    }

    @Test("a queue that is made smaller and larger again loses nobody and lets nobody in twice", arguments: 1...20)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = FairQueue<Int, Int>(capacity: 3)
        var (entered, inside, last): ([Int], Int, Int) = ([], 0, 0)
        for _ in 0..<2000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                last += 1
                if queue.arrive(last, of: last % 3) {
                    entered.append(last)
                    inside += 1
                }
            case 2 where inside > 0:
                inside -= 1
                if let next = queue.leave() {
                    entered.append(next)
                    inside += 1
                }
            case 3:
                let next = queue.resize(to: Int.random(in: 1...5, using: &generator))
                entered += next
                inside += next.count
            default: break
            }
            #expect(queue.inside == inside)
        }
        entered += queue.resize(to: 10_000)
        #expect(entered.count == last && Set(entered).count == last, "seed \(seed)")
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
