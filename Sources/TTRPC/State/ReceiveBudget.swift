internal import Synchronization

/// The memory for received bytes that the connections of a server share.
///
/// A connection holds the bytes of a frame from the frame's header until its handler has read the message, or until the
/// call of the request has ended. Without a common bound, many connections could each hold as much as one may hold, and a
/// caller that announces long frames and never finishes them would fill the memory.
///
/// A connection asks before it takes the body of a frame. If there is no room, it waits in a queue, its socket is not
/// read, and so its peer waits, too. The queue is served in order, so that a long frame is not overtaken for ever.
///
/// Room is counted in steps of ``step`` bytes: a connection with little traffic holds no step and never waits.
final class ReceiveBudget: Sendable {
    /// The bytes of a step.
    static let step = 64 << 10

    /// What one peer may have of the budget.
    struct Share: Sendable, Hashable {
        /// What the peer is counted by.
        var peer: PeerKey
        /// The most steps of all its connections together. One frame that is longer is taken when it holds nothing else.
        var steps: Int

        /// A share of `bytes`, which are at least one step.
        init(of peer: PeerKey, bytes: Int) {
            self.peer = peer
            steps = max(1, bytes / ReceiveBudget.step)
        }
    }

    /// A connection that waits for room.
    private struct Waiter {
        var id: ObjectIdentifier
        var steps: Int
        var share: Share?
        var granted: @Sendable (_ steps: Int) -> Void
    }

    private struct State {
        /// It is negative while connections hold small frames beyond the budget.
        var free: Int
        var waiters: [Waiter] = []
        /// The steps of the peers that have a share.
        var held: [PeerKey: Int] = [:]
    }

    private let capacity: Int
    private let state: Mutex<State>

    /// A budget of `bytes`, which are at least one step.
    init(bytes: Int) {
        capacity = max(1, bytes / Self.step)
        state = Mutex(State(free: capacity))
    }

    /// The whole steps in `bytes`.
    static func steps(_ bytes: Int) -> Int { bytes / step }

    /// The steps that nobody holds, and the number of connections that wait; for tests.
    var load: (free: Int, waiting: Int) { state.withLock { ($0.free, $0.waiters.count) } }

    /// Takes `steps` if there is room and nobody waits for it. Otherwise queues the connection `id`, whose `granted` is called
    /// once when it has got its room; it may be called on any thread. Who waits for its peer's other connections holds up
    /// nobody else.
    ///
    /// Somebody who asks for more than the whole budget gets the room when nobody else holds anything.
    ///
    /// - Returns: Whether the steps are taken now.
    func take(
        _ steps: Int,
        for id: ObjectIdentifier,
        share: Share? = nil,
        granted: @escaping @Sendable (_ steps: Int) -> Void
    ) -> Bool {
        state.withLock { state in
            let waiter = Waiter(id: id, steps: steps, share: share, granted: granted)
            let mustQueue = state.waiters.contains { other in
                (share != nil && other.share?.peer == share?.peer) || hasShare(other, in: state)
            }
            if !mustQueue, hasShare(waiter, in: state), fits(steps, in: state) {
                take(waiter, in: &state)
                return true
            }
            state.waiters.append(waiter)
            return false
        }
    }

    /// Gives `steps` back, and lets those who wait have them.
    func giveBack(_ steps: Int, of share: Share? = nil) {
        let served = state.withLock { state in
            state.free += steps
            if let share {
                let left = state.held[share.peer, default: 0] - steps
                state.held[share.peer] = left > 0 ? left : nil
            }
            return serve(&state)
        }
        for waiter in served { waiter.granted(waiter.steps) }
    }

    /// Forgets that the connection `id` waits. If it was granted its room meanwhile, it gives that back itself.
    func stopWaiting(_ id: ObjectIdentifier) {
        let served = state.withLock { state in
            state.waiters.removeAll { $0.id == id }
            // The one that left may have been first, and what it waited for may be enough for the next.
            return serve(&state)
        }
        for waiter in served { waiter.granted(waiter.steps) }
    }

    private func fits(_ steps: Int, in state: State) -> Bool { min(steps, capacity) <= state.free }

    /// Whether a connection's peer may have what the connection asks for.
    private func hasShare(_ waiter: Waiter, in state: State) -> Bool {
        guard let share = waiter.share else { return true }
        let held = state.held[share.peer, default: 0]
        return held <= 0 || held + waiter.steps <= share.steps
    }

    private func take(_ waiter: Waiter, in state: inout State) {
        state.free -= waiter.steps
        if let share = waiter.share { state.held[share.peer, default: 0] += waiter.steps }
    }

    private func serve(_ state: inout State) -> [Waiter] {
        guard !state.waiters.isEmpty else { return [] }
        var (served, left): ([Waiter], [Waiter]) = ([], [])
        /// The peers of which one waits: another of theirs must not overtake it.
        var held: Set<PeerKey> = []
        var isFull = false
        for waiter in state.waiters {
            if isFull || waiter.share.map({ held.contains($0.peer) }) == true {
                left.append(waiter)
            } else if !hasShare(waiter, in: state) {
                if let share = waiter.share { held.insert(share.peer) }
                left.append(waiter)
            } else if !fits(waiter.steps, in: state) {
                // A long frame is not overtaken by short ones for which there would be room.
                isFull = true
                left.append(waiter)
            } else {
                take(waiter, in: &state)
                served.append(waiter)
            }
        }
        state.waiters = left
        return served
    }
}
