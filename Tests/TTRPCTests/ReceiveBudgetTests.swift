import Synchronization
import Testing

@testable import TTRPC

@Suite("Budget of received bytes")
struct ReceiveBudgetTests {
    /// A connection's room, and how often it was granted steps.
    private final class Peer: Sendable {
        let room: ReceiveRoom
        private let granted = Mutex<[Int]>([])

        init(_ budget: ReceiveBudget) { room = ReceiveRoom(in: budget) }

        func admit(steps: Int, beside held: Int = 0) -> Bool {
            room.admit(steps * ReceiveBudget.step, beside: held * ReceiveBudget.step) { [self] steps in
                granted.withLock { $0.append(steps) }
                room.wasGranted(steps, isOpen: true)
            }
        }

        var grants: [Int] { granted.withLock { $0 } }
    }

    private let budget = ReceiveBudget(bytes: 4 * ReceiveBudget.step)

    @Test("who finds no room waits, and gets it when another has ended")
    func waits() {
        let (first, second) = (Peer(budget), Peer(budget))
        let isFirstIn = first.admit(steps: 3)
        let isSecondIn = second.admit(steps: 2)
        #expect(isFirstIn && !isSecondIn)
        #expect(second.room.isWaiting && budget.load == (1, 1))
        first.room.close()
        #expect(second.grants == [2] && !second.room.isWaiting)
        #expect(budget.load == (2, 0))
        second.room.close()
        #expect(budget.load == (4, 0))
    }

    @Test("a long frame is not overtaken by short ones for which there would be room")
    func order() {
        let (first, long, short) = (Peer(budget), Peer(budget), Peer(budget))
        _ = first.admit(steps: 3)
        _ = long.admit(steps: 4)
        let isShortIn = short.admit(steps: 1)
        #expect(!isShortIn)
        first.room.close()
        #expect(long.grants == [4] && short.grants == [])
        long.room.close()
        #expect(short.grants == [1])
    }

    @Test("one who leaves the queue lets the next have the room")
    func leaving() {
        let (first, long, short) = (Peer(budget), Peer(budget), Peer(budget))
        _ = first.admit(steps: 3)
        _ = long.admit(steps: 4)
        _ = short.admit(steps: 1)
        long.room.close()
        #expect(short.grants == [1] && long.grants == [])
        #expect(budget.load == (0, 0))
    }

    @Test("room that comes after the connection was closed is given back")
    func grantedTooLate() {
        let (first, second) = (Peer(budget), ReceiveRoom(in: budget))
        _ = first.admit(steps: 4)
        _ = second.admit(ReceiveBudget.step, beside: 0) { second.wasGranted($0, isOpen: false) }
        first.room.close()
        #expect(budget.load == (4, 0))
    }

    @Test("little traffic takes nothing of the budget and never waits")
    func littleTraffic() {
        let (greedy, modest) = (Peer(budget), Peer(budget))
        _ = greedy.admit(steps: 4)
        let isIn = modest.room.admit(ReceiveBudget.step - 1, beside: 0) { _ in }
        #expect(isIn && budget.load == (0, 0))
    }

    @Test("a frame longer than the whole budget is taken when nobody else holds anything")
    func longerThanAll() {
        let (first, giant) = (Peer(budget), Peer(budget))
        _ = first.admit(steps: 1)
        let isIn = giant.admit(steps: 9)
        #expect(!isIn)
        first.room.close()
        #expect(giant.grants == [9])
        giant.room.close()
        #expect(budget.load == (4, 0))
    }

    @Test("a frame that was read gives its room back, and one that is unread keeps it")
    func settling() {
        let peer = Peer(budget)
        _ = peer.admit(steps: 3)
        peer.room.settle { 0 }
        #expect(budget.load.free == 1, "the frame is still on its way")
        peer.room.frameIsComplete()
        peer.room.settle { 3 * ReceiveBudget.step }
        #expect(budget.load.free == 1)
        peer.room.settle { ReceiveBudget.step }
        #expect(budget.load.free == 3)
    }
}

@Suite("Slow senders")
struct SlowSenderTests {
    /// Judges a sender by what comes in each period; returns the periods after which it was too slow.
    private func tooSlow(_ pace: SlowSender.Pace, bytes: [Int], pausedIn paused: Set<Int> = []) -> [Int] {
        var sender = SlowSender(pace)
        return bytes.indices.filter { period in
            sender.received(bytes[period])
            return sender.periodEnded(isWaiting: !paused.contains(period))
        }
    }

    private let pace = SlowSender.Pace(periods: 3, bytes: 100)

    @Test("one that sends nothing is too slow after its periods, and not before")
    func silence() { #expect(tooSlow(pace, bytes: [0, 0, 0, 0]) == [2]) }

    @Test("one that sends a byte now and then is too slow, too")
    func drip() { #expect(tooSlow(pace, bytes: [33, 33, 33, 99, 0, 0]) == [2, 5]) }

    @Test("one that sends enough is never too slow, however unevenly")
    func enough() { #expect(tooSlow(pace, bytes: [0, 0, 100, 0, 100, 0]) == []) }

    @Test("periods in which the server did not read do not count")
    func paused() { #expect(tooSlow(pace, bytes: [0, 0, 0, 0, 0], pausedIn: [1]) == [4]) }
}

@Suite("Places of connections")
struct ConnectionPlacesTests {
    @Test("when callers have taken all, the operator has places, and everybody may check the health")
    func reserves() {
        var limits = RPCServer.Configuration()
        (limits.maximumConnections, limits.reservedConnections, limits.healthConnections) = (1, 1, 1)
        var places = ConnectionPlaces()
        let taken = [false, false, false, true, true].map { places.take(isOperator: $0, limits) }
        #expect(taken == [.general, .health, nil, .reserved, nil])
        places.give(.general)
        let again = places.take(isOperator: false, limits)
        #expect(again == .general)
        let none = places.take(isOperator: false, limits)
        #expect(none == nil)
    }
}
