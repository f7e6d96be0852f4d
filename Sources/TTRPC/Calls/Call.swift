internal import Concurrency
internal import Model
internal import Synchronization

/// One call of a connection, as its task and its connection both see it. Does no I/O.
final class Call: Sendable {
    private struct State {
        var stopReason: PackagingError?
        var isOver = false
        var cleanup: (@Sendable () -> Void)?
    }

    /// The stream that carries it.
    let streamID: UInt32
    /// What the peer has sent.
    let inbox = Inbox()
    /// Sent when a writer that had to wait may try again.
    let roomToWrite = Signal()
    private let state = Mutex(State())

    init(streamID: UInt32) {
        self.streamID = streamID
    }

    /// Why the call was stopped from outside; nil while it was not.
    var stopped: PackagingError? { state.withLock { $0.stopReason } }

    /// Ends both directions: readers and writers get an error from here on. The first reason stays.
    func stop(_ reason: PackagingError) {
        state.withLock { $0.stopReason = $0.stopReason ?? reason }
        inbox.discard(reason)
        roomToWrite.send()
    }

    /// Has `cleanup` run once, when the call is over; at once if it is already.
    func whenOver(_ cleanup: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.cleanup = cleanup }
            return state.isOver
        }
        if isOver { cleanup() }
    }

    /// Nothing more will happen to the call.
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
    /// What a waiting reader or writer gets when its task is cancelled.
    static let callCancelled = PackagingError(.cancelled, "the call was cancelled")
}
