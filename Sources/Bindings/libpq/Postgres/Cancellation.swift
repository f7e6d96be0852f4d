import CPQ
import Synchronization

/// A request to cancel what a connection does, on its way to the server.
///
/// It travels on a connection of its own, which libpq opens with blocking calls: hence a thread of its own, that lives
/// as long as the request.
final class Cancellation: Sendable {
    /// When to give up waiting for the statement to end.
    let deadline: ContinuousClock.Instant
    private let delivered = Atomic(false)

    /// Whether the server has acted on the request. Before, it could still hit the connection's next statement.
    var isDelivered: Bool { delivered.load(ordering: .acquiring) }

    /// Sends `request`, which it owns, and rings `doorbell` when the server has it. Waiting for the statement to end is
    /// given up after `timeout`.
    init(owning request: OpaquePointer, within timeout: Duration, ringing doorbell: Doorbell) {
        deadline = .now + timeout
        let request = unsafe Request(owning: request)
        startThread("pq-cancel") { [self] in
            request.send()
            delivered.store(true, ordering: .releasing)
            doorbell.ring()
        }
    }

    /// Owns the request; only its thread uses it.
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
