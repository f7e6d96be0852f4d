internal import Synchronization

/// Counts the running calls of all connections of one peer.
final class PeerAccount: Sendable {
    /// The most calls of the peer that may run at once.
    let maximumCalls: Int
    private let calls = Mutex(0)

    init(maximumCalls: Int) { self.maximumCalls = maximumCalls }

    /// The calls that run.
    var running: Int { calls.withLock { $0 } }

    /// Begins a call, unless there are too many. One that is `exempt` is counted and never refused.
    func beginCall(exempt: Bool) -> Bool {
        calls.withLock { calls in
            guard exempt || calls < maximumCalls else { return false }
            calls += 1
            return true
        }
    }

    /// A call has ended.
    func endCall() { calls.withLock { $0 -= 1 } }
}
