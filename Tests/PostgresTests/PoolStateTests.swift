import TestSupport
import Testing

@testable import Postgres

@Suite("Pool decisions")
struct PoolStateTests {
    @Test("a connection is opened for each waiting caller, up to the maximum")
    func opensUpToMaximum() {
        var pool = PoolState(maximum: 2)
        #expect(pool.wanted(by: 1) == [.open(1, after: .zero)])
        #expect(pool.wanted(by: 2) == [.open(2, after: .zero)])
        #expect(pool.wanted(by: 3) == [])
        #expect(pool.opened(2) == [.lend(2, to: 1)])
        #expect(pool.opened(1) == [.lend(1, to: 2)])
        #expect(pool.returned(2, reusable: true) == [.lend(2, to: 3)])
    }

    @Test("the last returned connection is lent first")
    func lendsTheWarmest() {
        var pool = PoolState(maximum: 2)
        _ = pool.wanted(by: 1) + pool.wanted(by: 2) + pool.opened(1) + pool.opened(2)
        _ = pool.returned(1, reusable: true) + pool.returned(2, reusable: true)
        #expect(pool.wanted(by: 3) == [.lend(2, to: 3)])
        #expect(pool.takeIdle() == 1)
        #expect(pool.takeIdle() == nil)
    }

    @Test("a returned connection that cannot be reused is closed, and replaced for the waiting callers")
    func replacesBroken() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1) + pool.opened(1) + pool.wanted(by: 2)
        #expect(pool.returned(1, reusable: false) == [.close(1)])
        #expect(pool.closed(1) == [.open(2, after: .zero)])
        #expect(pool.opened(2) == [.lend(2, to: 2)])
    }

    @Test("a caller that gave up gets no connection, and the connection stays")
    func gaveUp() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1) + pool.opened(1) + pool.wanted(by: 2)
        #expect(pool.gaveUp(2) == [.refuse(2, .timeout)])
        #expect(pool.gaveUp(2) == [])
        #expect(pool.returned(1, reusable: true) == [])
        #expect(pool.wanted(by: 3) == [.lend(1, to: 3)])
    }

    @Test("an impatient caller waits for a connection that is in use, and no longer once connecting fails")
    func impatient() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1) + pool.opened(1) + pool.wanted(by: 2) + pool.wanted(by: 3)
        #expect(pool.becameImpatient(2) == [], "connections are in use")
        #expect(pool.returned(1, reusable: false) == [.close(1)])
        #expect(pool.closed(1) == [.open(2, after: .zero)])
        #expect(pool.failed(2, passing: true) == [.refuse(2, .unreachable), .open(3, after: .milliseconds(50))])
        #expect(pool.becameImpatient(3) == [.refuse(3, .unreachable)], "connecting fails already")
        #expect(pool.becameImpatient(3) == [], "was answered")
        #expect(pool.waiterCount == 0)
    }

    @Test("a caller that became impatient gets a connection like any other")
    func impatientIsServed() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1) + pool.opened(1) + pool.wanted(by: 2) + pool.becameImpatient(2)
        #expect(pool.returned(1, reusable: true) == [.lend(1, to: 2)])
    }

    @Test(
        "one connection attempts to reach a server that is away, ever more slowly, until it is back"
    )
    func backsOff() {
        var pool = PoolState(maximum: 3)
        _ = pool.wanted(by: 1) + pool.wanted(by: 2)
        #expect(pool.failed(1, passing: true) == [])
        #expect(pool.failed(2, passing: true) == [.open(3, after: .milliseconds(100))])
        #expect(pool.wanted(by: 3) == [])
        #expect(pool.failed(3, passing: true) == [.open(4, after: .milliseconds(200))])
        #expect(pool.opened(4) == [.lend(4, to: 1), .open(5, after: .zero), .open(6, after: .zero)])
    }

    @Test("the delay between attempts to connect is two seconds at most")
    func backoffIsBounded() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1)
        var delays: [Duration] = []
        for id in 1...80 {
            guard case .open(_, let delay)? = pool.failed(id, passing: true).first else { return }
            delays.append(delay)
        }
        #expect(delays.first == .milliseconds(50))
        #expect(delays.max() == .seconds(2))
        #expect(delays == delays.sorted())
    }

    @Test("waiting callers learn at once of a failure that another attempt cannot mend")
    func failsAtOnce() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1) + pool.wanted(by: 2)
        #expect(pool.failed(1, passing: false) == [.refuse(1, .unreachable), .refuse(2, .unreachable)])
        #expect(pool.connectionCount == 0)
    }

    @Test("a caller that gives up while a connection is being opened is not told that all are in use")
    func unanswered() {
        var pool = PoolState(maximum: 2)
        _ = pool.wanted(by: 1)
        #expect(pool.gaveUp(1) == [.refuse(1, .unanswered)])
        _ = pool.opened(1) + pool.wanted(by: 2) + pool.wanted(by: 3)
        #expect(pool.gaveUp(3) == [.refuse(3, .unanswered)])
        _ = pool.opened(2) + pool.wanted(by: 4) + pool.wanted(by: 5)
        #expect(pool.gaveUp(5) == [.refuse(5, .timeout)])
    }

    @Test("without waiting callers no attempt to connect is made")
    func stopsKnocking() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1)
        #expect(pool.gaveUp(1) == [.refuse(1, .unanswered)])
        #expect(pool.failed(1, passing: true) == [])
        #expect(pool.connectionCount == 0)
    }

    @Test("a lost idle connection is closed, and a lent one that is lost is left to its borrower")
    func lost() {
        var pool = PoolState(maximum: 2)
        _ = pool.wanted(by: 1) + pool.opened(1)
        #expect(pool.lost(1) == [])
        _ = pool.returned(1, reusable: true)
        #expect(pool.lost(1) == [.close(1)])
        #expect(pool.takeIdle() == nil)
    }

    @Test("idle connections are closed, except the last")
    func idle() {
        var pool = PoolState(maximum: 2)
        _ = pool.wanted(by: 1) + pool.wanted(by: 2) + pool.opened(1) + pool.opened(2)
        _ = pool.returned(1, reusable: true) + pool.returned(2, reusable: true)
        #expect(pool.wasIdle(1) == [.close(1)])
        _ = pool.closed(1)
        #expect(pool.wasIdle(2) == [])
    }

    @Test("closing refuses waiting callers, waits for lent connections, and finishes once")
    func close() {
        var pool = PoolState(maximum: 2)
        _ = pool.wanted(by: 1) + pool.wanted(by: 2) + pool.opened(1) + pool.opened(2) + pool.wanted(by: 3)
        _ = pool.returned(2, reusable: true)  // lent to 3
        _ = pool.wanted(by: 4)
        #expect(pool.close() == [.refuse(4, .closed)])
        #expect(pool.close() == [])
        #expect(pool.wanted(by: 5) == [.refuse(5, .closed)])
        #expect(pool.returned(1, reusable: true) == [.close(1)])
        #expect(pool.returned(2, reusable: true) == [.close(2)])
        #expect(pool.closed(1) == [])
        #expect(pool.closed(2) == [.finished])
    }

    @Test("a pool that never connected finishes at once")
    func closeEmpty() {
        var pool = PoolState(maximum: 2)
        #expect(pool.close() == [.finished])
    }

    @Test("a connection that is still opening when the pool closes is closed and counted")
    func closeWhileOpening() {
        var pool = PoolState(maximum: 1)
        _ = pool.wanted(by: 1)
        #expect(pool.close() == [.refuse(1, .closed), .close(1)])
        #expect(pool.failed(1, passing: true) == [.finished])
    }

    @Test(
        "after any order of events every waiting caller gets an answer, and the maximum of connections holds",
        arguments: 0..<50
    )
    func randomEvents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pool = PoolState(maximum: 3)
        var opening: Set<Int> = [], lent: Set<Int> = [], closing: Set<Int> = [], waiting: Set<Int> = []
        var waiter = 0
        var isFinished = false
        func perform(_ actions: [PoolState.Action]) {
            for action in actions {
                switch action {
                case .open(let id, _): opening.insert(id)
                case .lend(let id, let waiter):
                    #expect(waiting.remove(waiter) != nil)
                    #expect(lent.insert(id).inserted)
                case .refuse(let waiter, _): #expect(waiting.remove(waiter) != nil)
                case .close(let id):
                    opening.remove(id)
                    closing.insert(id)
                case .finished: isFinished = true
                }
            }
            #expect(pool.connectionCount <= 3)
        }
        for _ in 0..<400 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                waiter += 1
                waiting.insert(waiter)
                perform(pool.wanted(by: waiter))
            case 2:
                guard let id = opening.randomElement(using: &random) else { continue }
                opening.remove(id)
                perform(Bool.random(using: &random) ? pool.opened(id) : pool.failed(id, passing: true))
            case 3:
                guard let id = lent.randomElement(using: &random) else { continue }
                lent.remove(id)
                perform(pool.returned(id, reusable: Bool.random(using: &random)))
            case 4:
                guard let id = closing.randomElement(using: &random) else { continue }
                closing.remove(id)
                perform(pool.closed(id))
            default:
                guard let id = waiting.randomElement(using: &random) else { continue }
                perform(pool.gaveUp(id))
            }
            // While a caller waits, a connection is being opened, closed or used that will lead to its answer.
            #expect(waiting.isEmpty || !opening.isEmpty || !lent.isEmpty || !closing.isEmpty)
        }
        perform(pool.close())
        for id in lent { perform(pool.returned(id, reusable: true)) }
        for id in opening { perform(pool.failed(id, passing: true)) }
        for id in closing { perform(pool.closed(id)) }
        #expect(waiting.isEmpty)
        #expect(isFinished)
    }
}
