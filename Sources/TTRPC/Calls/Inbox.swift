internal import Concurrency
internal import Model
internal import NIOCore
internal import Synchronization

/// The messages of one stream that were received and not yet read, and how the stream ended.
///
/// One task reads it. It has no limit itself. The connection stops reading when the unread bytes reach
/// ``Limits/streamReceive``.
final class Inbox: Sendable {
    /// The result of a read.
    enum Next: Sendable {
        /// The next message.
        case message([UInt8])
        /// There are no more messages, and the stream ended without an error.
        case end
        /// There are no more messages, because of this error.
        case failure(PackagingError)
    }

    private struct State {
        var messages = CircularBuffer<[UInt8]>(initialCapacity: 1)
        /// Set once, by the first event that ends the stream.
        var end: Next?
        /// Whether the reader waits for a message.
        var isAwaited = false

        /// The next message or the end; nil if there is neither yet.
        mutating func take() -> Next? {
            messages.popFirst().map(Next.message) ?? end
        }
    }

    private let state = Mutex(State())
    private let changes = Signal()

    /// Adds a message. It is ignored if the stream has ended.
    func push(_ message: [UInt8]) {
        change { state in
            if state.end == nil { state.messages.append(message) }
        }
    }

    /// Ends the stream after the messages that are already in the inbox.
    func finish() {
        change { state in state.end = state.end ?? .end }
    }

    /// Ends the stream with `error` after the messages that are already in the inbox.
    func fail(_ error: PackagingError) {
        change { state in state.end = state.end ?? .failure(error) }
    }

    /// Drops the unread messages, and ends the stream with `error` unless it has already ended.
    func discard(_ error: PackagingError) {
        change { state in
            state.messages.removeAll()
            state.end = state.end ?? .failure(error)
        }
    }

    /// Whether a task waits for the next message.
    var isAwaited: Bool { state.withLock { $0.isAwaited } }

    /// Whether the stream has ended; there may still be unread messages.
    var hasEnded: Bool { state.withLock { $0.end != nil } }

    /// The error with which the stream ended; nil if there was none.
    var failure: PackagingError? {
        state.withLock { state in
            if case .failure(let error)? = state.end { error } else { nil }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        changes.send()
    }

    /// Waits for the next message or the end. A cancelled task gets the failure `cancelled`.
    func next() async -> Next {
        while true {
            let seen = changes.count
            let next = state.withLock { state in
                let next = state.take()
                state.isAwaited = next == nil
                return next
            }
            if let next { return next }
            if Task.isCancelled { return .failure(.callCancelled) }
            await changes.wait(since: seen)
        }
    }
}
