internal import Synchronization

/// Wakes all tasks that wait for something to change, any number of times.
///
/// A waiter reads ``count`` first, then finds that it must wait, then waits for the count to change: a signal between the
/// two steps is not lost.
public final class Signal: Sendable {
    private let state = Mutex((count: 0, next: Deferred<Void>()))

    /// A signal that was not sent yet.
    public init() {}

    /// How often ``send()`` was called.
    public var count: Int { state.withLock { $0.count } }

    /// Wakes everybody who waits.
    public func send() {
        let sent = state.withLock { state in
            state.count += 1
            defer { state.next = Deferred() }
            return state.next
        }
        sent.settle(.success(()))
    }

    /// Returns once ``count`` is not `count` any more, or the task is cancelled.
    public func wait(since count: Int) async {
        let next = state.withLock { $0.count == count ? $0.next : nil }
        try? await next?.value
    }
}
