internal import Model
internal import Synchronization

/// Lets a bounded number of tasks have a worker at once, in the order of ``FairQueue``.
final class Admission: Sendable {
    private struct State {
        var queue: FairQueue<TenantID?, UInt64>
        var continuations: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var lastTicket: UInt64 = 0
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        state = Mutex(State(queue: FairQueue(capacity: capacity)))
    }

    /// Waits for a turn of `tenant`. Every return is followed by one ``leave()``.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    func enter(_ tenant: TenantID?) async throws {
        try Task.checkCancellation()
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let entered = state.withLock { state in
                    if state.queue.arrive(ticket, of: tenant) { return true }
                    state.continuations[ticket] = continuation
                    return false
                }
                if entered { continuation.resume() }
                // A cancellation that came before the ticket was in the queue found nothing to abandon.
                if Task.isCancelled { abandon(ticket, of: tenant) }
            }
        } onCancel: {
            abandon(ticket, of: tenant)
        }
    }

    func leave() {
        let next = state.withLock { state in
            state.queue.leave().flatMap { state.continuations.removeValue(forKey: $0) }
        }
        next?.resume()
    }

    private func abandon(_ ticket: UInt64, of tenant: TenantID?) {
        let continuation = state.withLock { state in
            state.queue.abandon(ticket, of: tenant) ? state.continuations.removeValue(forKey: ticket) : nil
        }
        continuation?.resume(throwing: CancellationError())
    }
}
