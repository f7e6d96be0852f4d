internal import Model
internal import NIOCore
internal import Synchronization

/// The messages of one stream that have come and are not read, and how the stream ended.
///
/// One task reads it. It has no bound of its own: the connection stops reading when its unread bytes reach
/// ``Limits/streamReceive``.
final class Inbox: Sendable {
    /// What a reader gets.
    enum Next: Sendable {
        /// The next message.
        case message([UInt8])
        /// There are no more, and all is well.
        case end
        /// There are no more, for this reason.
        case failure(PackagingError)
    }

    private struct State {
        var messages = CircularBuffer<[UInt8]>(initialCapacity: 1)
        /// Set once, by the first of all that could end the stream.
        var end: Next?
        var waiter: CheckedContinuation<Next, Never>?

        /// What is there to read, if anything is.
        mutating func take() -> Next? {
            messages.popFirst().map(Next.message) ?? end
        }
    }

    private let state = Mutex(State())

    /// Adds a message. Ignored once the stream has ended.
    func push(_ message: [UInt8]) {
        change { state in
            if state.end == nil { state.messages.append(message) }
        }
    }

    /// Ends the stream behind the messages that are there.
    func finish() {
        change { state in state.end = state.end ?? .end }
    }

    /// Ends the stream with `error` behind the messages that are there.
    func fail(_ error: PackagingError) {
        change { state in state.end = state.end ?? .failure(error) }
    }

    /// Drops the messages that are there, and ends the stream with `error` if it has not ended.
    func discard(_ error: PackagingError) {
        change { state in
            state.messages.removeAll()
            state.end = state.end ?? .failure(error)
        }
    }

    /// Whether the stream has ended; messages may be left to read.
    var hasEnded: Bool { state.withLock { $0.end != nil } }

    /// Why the stream ended, if it ended badly.
    var failure: PackagingError? {
        state.withLock { state in
            if case .failure(let error)? = state.end { error } else { nil }
        }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let woken = state.withLock { state -> (CheckedContinuation<Next, Never>, Next)? in
            body(&state)
            guard let waiter = state.waiter, let next = state.take() else { return nil }
            state.waiter = nil
            return (waiter, next)
        }
        if let (waiter, next) = woken { waiter.resume(returning: next) }
    }

    /// The next message or the end, once there is one. A cancelled task gets the failure `cancelled`.
    func next() async -> Next {
        if let next = state.withLock({ $0.take() }) { return next }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let next = state.withLock { state -> Next? in
                    if let next = state.take() { return next }
                    // Checked under the lock: a cancellation after this finds the waiter.
                    if Task.isCancelled { return .failure(.callCancelled) }
                    guard state.waiter == nil else {
                        return .failure(PackagingError(.internal, "two tasks read one stream"))
                    }
                    state.waiter = continuation
                    return nil
                }
                if let next { continuation.resume(returning: next) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: .failure(.callCancelled))
        }
    }
}
