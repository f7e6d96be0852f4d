internal import Concurrency
internal import Model
internal import Synchronization

/// Limits how many tasks have a worker at once, and admits them in the order of `FairQueue`.
final class Admission: Sendable {
    private struct State {
        var queue: FairQueue<TenantID?, UInt64>
        var turns: [UInt64: Deferred<Void>] = [:]
        var lastTicket: UInt64 = 0
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        state = Mutex(State(queue: FairQueue(capacity: capacity)))
    }

    /// Waits for a turn of `tenant`. After every return without an error, ``leave()`` must be called once.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    func enter(_ tenant: TenantID?) async throws {
        try Task.checkCancellation()
        let waiting: (ticket: UInt64, turn: Deferred<Void>)? = state.withLock { state in
            state.lastTicket += 1
            if state.queue.arrive(state.lastTicket, of: tenant) { return nil }
            let turn = Deferred<Void>()
            state.turns[state.lastTicket] = turn
            return (state.lastTicket, turn)
        }
        guard let (ticket, turn) = waiting else { return }
        do {
            try await turn.value
        } catch {
            let wasWaiting = state.withLock { state in
                state.turns[ticket] = nil
                return state.queue.abandon(ticket, of: tenant)
            }
            // The turn came at the same time as the cancellation, so it is passed on.
            if !wasWaiting { leave() }
            throw error
        }
    }

    func leave() {
        let next = state.withLock { state in
            state.queue.leave().flatMap { state.turns.removeValue(forKey: $0) }
        }
        next?.settle(.success(()))
    }
}
