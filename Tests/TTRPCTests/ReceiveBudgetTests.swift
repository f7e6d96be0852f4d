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
    func reserves() throws {
        var limits = RPCServer.Configuration()
        (limits.maximumConnections, limits.reservedConnections, limits.healthConnections) = (1, 1, 1)
        var places = ConnectionPlaces()
        let peer = try #require(PeerKey("uid:1"))
        let taken = [false, false, false, true, true].map { places.take(isOperator: $0, peer: peer, most: 10, limits) }
        #expect(taken == [.general, .health, nil, .reserved, nil])
        places.give(.general, of: peer)
        let again = places.take(isOperator: false, peer: peer, most: 10, limits)
        #expect(again == .general)
        let none = places.take(isOperator: false, peer: peer, most: 10, limits)
        #expect(none == nil)
    }

    @Test("a peer that has as many as it may keeps the others from nothing, and learns why it is refused")
    func peers() throws {
        var limits = RPCServer.Configuration()
        (limits.maximumConnections, limits.healthConnections) = (10, 6)
        var places = ConnectionPlaces()
        let (greedy, other) = (try #require(PeerKey("192.0.2.1")), try #require(PeerKey("192.0.2.2")))
        let taken = (0..<8).map { _ in places.take(isOperator: false, peer: greedy, most: 2, limits) }
        let refusals = [ConnectionPlaces.Place?](repeating: .refusal, count: ConnectionPlaces.refusalsPerPeer)
        #expect(taken == [.general, .general] + refusals + [nil, nil])
        #expect(places.take(isOperator: false, peer: other, most: 2, limits) == .general)
        // The operator is no peer among others.
        #expect(
            (0..<3).map { _ in places.take(isOperator: true, peer: greedy, most: 2, limits) } == [
                .general, .general, .general,
            ]
        )
        for place in refusals { places.give(place ?? .general, of: greedy) }
        for _ in 0..<5 { places.give(.general, of: greedy) }
        #expect(places.isGone(greedy) && !places.isGone(other))
    }
}

@Suite("Peers")
struct PeerKeyTests {
    private func key(_ address: String) -> PeerKey { PeerKey(Peer.tcp(address: address)) }

    @Test("all connections of an address or a user are one peer's, and the port does not count")
    func same() {
        #expect(key("192.0.2.1:1") == key("192.0.2.1:2") && key("192.0.2.1:1") == PeerKey("192.0.2.1"))
        #expect(key("[::ffff:192.0.2.1]:1") == PeerKey("192.0.2.1"))
        #expect(key("192.0.2.1:1") != key("192.0.2.2:1"))
        #expect(PeerKey(Peer.unix(pid: 1, uid: 7, gid: 1)) == PeerKey("uid:7"))
        #expect(PeerKey(Peer.unix(pid: 1, uid: 7, gid: 1)) != PeerKey("uid:8"))
    }

    @Test("of an IPv6 address the network counts, because its owner has all of that")
    func networks() {
        #expect(key("[2001:db8::1]:1").counted == key("[2001:db8::2]:1").counted)
        #expect(key("[2001:db8::1]:1") != key("[2001:db8::2]:1"))
        #expect(key("[2001:db8:0:1::1]:1").counted != key("[2001:db8::1]:1").counted)
        #expect(key("192.0.2.1:1").counted == key("192.0.2.1:1"))
    }

    @Test(
        "what is no peer is not read",
        arguments: ["", "uid:", "uid:x", "uid:-1", "localhost", "192.0.2", "192.0.2.1:80"]
    )
    func bad(_ text: String) { #expect(PeerKey(text) == nil) }
}

@Suite("Shares of the budget")
struct ShareTests {
    private let step = ReceiveBudget.step

    /// Waits for nobody; keeps the order in which waiting connections were served.
    private final class Connection: Sendable {
        let name: String
        private let log: Log
        init(_ name: String, _ log: Log) { (self.name, self.log) = (name, log) }
        func ask(_ budget: ReceiveBudget, _ steps: Int, _ share: ReceiveBudget.Share?) -> Bool {
            budget.take(steps, for: ObjectIdentifier(self), share: share) { [self] _ in log.add(name) }
        }
    }

    private final class Log: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func add(_ name: String) { names.withLock { $0.append(name) } }
    }

    @Test("a peer that has its share waits for itself alone, and others go past it")
    func share() throws {
        let (budget, log) = (ReceiveBudget(bytes: 8 * step), Log())
        let greedy = ReceiveBudget.Share(of: try #require(PeerKey("192.0.2.1")), bytes: 2 * step)
        let modest = ReceiveBudget.Share(of: try #require(PeerKey("192.0.2.2")), bytes: 2 * step)
        let connections = (0..<6).map { Connection("\($0)", log) }
        #expect(connections[0].ask(budget, 2, greedy))
        #expect(!connections[1].ask(budget, 1, greedy))
        #expect(!connections[2].ask(budget, 1, greedy))
        #expect(connections[3].ask(budget, 2, modest))
        // One frame beyond the share is taken alone.
        #expect(!connections[4].ask(budget, 4, modest))
        #expect(budget.load == (4, 3))
        budget.giveBack(1, of: greedy)
        #expect(log.all == ["1"])
        budget.giveBack(2, of: modest)
        #expect(log.all == ["1", "4"])
        budget.giveBack(1, of: greedy)
        #expect(log.all == ["1", "4", "2"])
        budget.giveBack(2, of: greedy)
        budget.giveBack(4, of: modest)
        #expect(budget.load == (8, 0))
    }

    @Test("who waits for the whole budget still holds up those behind it")
    func order() throws {
        let (budget, log) = (ReceiveBudget(bytes: 4 * step), Log())
        let one = ReceiveBudget.Share(of: try #require(PeerKey("192.0.2.1")), bytes: 4 * step)
        let two = ReceiveBudget.Share(of: try #require(PeerKey("192.0.2.2")), bytes: 4 * step)
        let connections = (0..<3).map { Connection("\($0)", log) }
        #expect(connections[0].ask(budget, 3, one))
        #expect(!connections[1].ask(budget, 3, two))
        #expect(!connections[2].ask(budget, 1, one))
        budget.giveBack(3, of: one)
        #expect(log.all == ["1", "2"])
    }
}
