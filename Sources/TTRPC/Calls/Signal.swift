internal import Synchronization

/// Wakes the tasks that wait for a stream to take more messages.
///
/// A waiter reads ``count`` first, then finds that it must wait, then waits for the count to change: a signal between the
/// two steps is not lost.
final class Signal: Sendable {
    private struct State {
        var count = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// How often ``send()`` was called.
    var count: Int { state.withLock { $0.count } }

    /// Wakes everybody who waits.
    func send() {
        let waiters = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once ``count`` is not `count` any more, or the task is cancelled.
    func wait(since count: Int) async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    // Checked under the lock: a cancellation after this finds the waiter in the table.
                    guard state.count == count, !Task.isCancelled else { return false }
                    state.waiters[waiter] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
        }
    }
}
