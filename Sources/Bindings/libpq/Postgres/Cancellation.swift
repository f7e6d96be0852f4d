import CPQ
import Synchronization

/// A request that asks the server to cancel the statements of a connection.
///
/// The request uses a connection of its own, which libpq opens with blocking calls. So it has its own thread, which
/// ends with the request. A server that stands still keeps the thread for as long as it does, so the number of requests
/// at once is limited; beyond it, the connection is only given up at ``deadline``.
final class Cancellation: Sendable {
    private static let limit = 32
    private static let underWay = Atomic(0)

    /// The time at which waiting for the cancelled statement to end is given up.
    let deadline: ContinuousClock.Instant
    private let delivered = Atomic(false)

    /// Whether the server has acted on the request, or cannot be reached. Until then the request could still cancel the
    /// connection's next statement.
    var isDelivered: Bool { delivered.load(ordering: .acquiring) }

    /// Sends `request`, which it owns, and rings `doorbell` when the server has it or cannot be reached. After `timeout`
    /// the connection is to wait no longer for the statement to end.
    init(owning request: OpaquePointer, within timeout: Duration, ringing doorbell: Doorbell) {
        deadline = .now + timeout
        let request = unsafe Request(owning: request)
        guard Self.underWay.add(1, ordering: .relaxed).newValue <= Self.limit else {
            Self.underWay.subtract(1, ordering: .relaxed)
            delivered.store(true, ordering: .releasing)
            return
        }
        startThread("pq-cancel") { [self] in
            request.send()
            Self.underWay.subtract(1, ordering: .relaxed)
            delivered.store(true, ordering: .releasing)
            doorbell.ring()
        }
    }

    /// Owns the request. Only the request's thread uses it.
    @safe private final class Request: @unchecked Sendable {
        private let pointer: OpaquePointer

        init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

        deinit { unsafe PQfreeCancel(pointer) }

        /// Blocks until the server has it, or cannot be reached.
        func send() {
            var message = [CChar](repeating: 0, count: 256)
            _ = unsafe PQcancel(pointer, &message, CInt(message.count))
        }
    }
}
