internal import Synchronization

/// One connection's part of a ``ReceiveBudget``: the steps that it holds, and whether it waits for more.
final class ReceiveRoom: Sendable {
    private struct State {
        var steps = 0
        /// The bytes of the frame that has begun; 0 when none has.
        var arriving = 0
        var isWaiting = false
    }

    private let budget: ReceiveBudget
    private let share: ReceiveBudget.Share?
    private let state = Mutex(State())

    init(in budget: ReceiveBudget, share: ReceiveBudget.Share? = nil) {
        self.budget = budget
        self.share = share
    }

    /// Whether a frame waits for room.
    var isWaiting: Bool { state.withLock { $0.isWaiting } }

    /// Asks for room for a frame of `length` bytes, beside the bytes that the connection holds.
    ///
    /// - Parameters:
    ///   - held: The bytes that the connection holds.
    ///   - granted: Called with the steps if there was no room and there is some later. They must be passed to
    ///     ``wasGranted(_:isOpen:)``.
    /// - Returns: Whether there is room now.
    func admit(_ length: Int, beside held: Int, granted: @escaping @Sendable (_ steps: Int) -> Void) -> Bool {
        let missing = state.withLock { state -> Int? in
            guard !state.isWaiting else { return nil }
            state.arriving = length
            return max(0, ReceiveBudget.steps(held + length) - state.steps)
        }
        guard let missing else { return false }
        guard missing > 0 else { return true }
        let isTaken = budget.take(missing, for: ObjectIdentifier(self), share: share, granted: granted)
        state.withLock { state in
            if isTaken { state.steps += missing } else { state.isWaiting = true }
        }
        return isTaken
    }

    /// Takes over the steps for which the connection waited, or gives them back if it was closed meanwhile.
    func wasGranted(_ steps: Int, isOpen: Bool) {
        guard isOpen else { return budget.giveBack(steps, of: share) }
        state.withLock { state in
            state.steps += steps
            state.isWaiting = false
        }
    }

    /// The frame that had begun is complete, and counts among the bytes that the connection holds.
    func frameIsComplete() {
        state.withLock { $0.arriving = 0 }
    }

    /// Gives back what the connection does not need any more. `held` is asked under the lock, because two threads that
    /// settled with numbers of different ages could leave the older one.
    func settle(_ held: () -> Int) {
        let surplus = state.withLock { state in
            guard state.steps > 0 else { return 0 }
            let surplus = max(0, state.steps - ReceiveBudget.steps(held() + state.arriving))
            state.steps -= surplus
            return surplus
        }
        if surplus > 0 { budget.giveBack(surplus, of: share) }
    }

    /// The connection is closed: gives everything back.
    func close() {
        let steps = state.withLock { state in
            defer { state = State() }
            return state.steps
        }
        budget.stopWaiting(ObjectIdentifier(self))
        if steps > 0 { budget.giveBack(steps, of: share) }
    }
}
