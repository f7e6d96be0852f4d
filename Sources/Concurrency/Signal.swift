internal import Synchronization

/// Wakes all tasks that wait for something to change, any number of times.
///
/// A waiting task first reads ``count``, then finds that it must wait, then waits for the count to change. So a signal
/// that is sent between the first and the last step is not lost.
package final class Signal: Sendable {
    private let state = Mutex((count: 0, next: Deferred<Void>()))

    /// A signal that was not sent yet.
    package init() {}

    /// How often ``send()`` was called.
    package var count: Int { state.withLock { $0.count } }

    /// Wakes every waiting task.
    package func send() {
        let sent = state.withLock { state in
            state.count += 1
            defer { state.next = Deferred() }
            return state.next
        }
        sent.settle(.success(()))
    }

    /// Returns once ``count`` differs from `count`, or the task is cancelled.
    package func wait(since count: Int) async {
        let next = state.withLock { $0.count == count ? $0.next : nil }
        try? await next?.value
    }
}
