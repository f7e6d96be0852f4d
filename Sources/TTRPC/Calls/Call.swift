internal import Concurrency
internal import Model
internal import Synchronization

/// One call on a connection. Both the call's task and the connection use it. It does no I/O.
final class Call: Sendable {
    private struct State {
        var stopReason: PackagingError?
        var isOver = false
        var cleanup: (@Sendable () -> Void)?
    }

    /// The stream that carries the call.
    let streamID: UInt32
    /// The messages that the peer has sent.
    let inbox = Inbox()
    /// Signals a waiting writer that it may attempt to write again.
    let roomToWrite = Signal()
    private let state = Mutex(State())

    init(streamID: UInt32) {
        self.streamID = streamID
    }

    /// Why the call was stopped from outside; nil if it was not.
    var stopped: PackagingError? { state.withLock { $0.stopReason } }

    /// Ends both directions: from now on readers and writers get an error. Only the first reason counts.
    func stop(_ reason: PackagingError) {
        state.withLock { $0.stopReason = $0.stopReason ?? reason }
        inbox.discard(reason)
        roomToWrite.send()
    }

    /// Runs `cleanup` once when the call is over; at once if it already is.
    func whenOver(_ cleanup: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.cleanup = cleanup }
            return state.isOver
        }
        if isOver { cleanup() }
    }

    /// Notes that the call is over.
    func over() {
        let cleanup = state.withLock { state in
            state.isOver = true
            defer { state.cleanup = nil }
            return state.cleanup
        }
        cleanup?()
    }
}

extension PackagingError {
    /// The error for a waiting reader or writer whose task is cancelled.
    static let callCancelled = PackagingError(.cancelled, "the call was cancelled")
}
