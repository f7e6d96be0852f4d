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

    /// A connection that waits for room.
    private struct Waiter {
        var id: ObjectIdentifier
        var steps: Int
        var granted: @Sendable (_ steps: Int) -> Void
    }

    private struct State {
        /// It is negative while connections hold small frames beyond the budget.
        var free: Int
        var waiters: [Waiter] = []
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

    /// Takes `steps` if there is room and nobody waits. Otherwise queues the connection `id`, whose `granted` is called once
    /// when it has got its room; it may be called on any thread.
    ///
    /// Somebody who asks for more than the whole budget gets the room when nobody else holds anything.
    ///
    /// - Returns: Whether the steps are taken now.
    func take(
        _ steps: Int,
        for id: ObjectIdentifier,
        granted: @escaping @Sendable (_ steps: Int) -> Void
    ) -> Bool {
        state.withLock { state in
            if state.waiters.isEmpty, fits(steps, in: state) {
                state.free -= steps
                return true
            }
            state.waiters.append(Waiter(id: id, steps: steps, granted: granted))
            return false
        }
    }

    /// Gives `steps` back, and lets those who wait have them.
    func giveBack(_ steps: Int) {
        let served = state.withLock { state in
            state.free += steps
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

    private func serve(_ state: inout State) -> [Waiter] {
        var served: [Waiter] = []
        while let first = state.waiters.first, fits(first.steps, in: state) {
            state.free -= first.steps
            served.append(state.waiters.removeFirst())
        }
        return served
    }
}
