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

    /// Sends a request for `connection`, and rings its bell when it was delivered; nil if there is nothing to cancel.
    init?(of connection: Connection) {
        guard let request = unsafe PQgetCancel(connection.handle) else { return nil }
        deadline = .now + connection.configuration.cancelTimeout
        let owner = unsafe Request(pointer: request)
        let doorbell = connection.doorbell
        startThread("pq-cancel") { [self] in
            var message = [CChar](repeating: 0, count: 256)
            _ = unsafe PQcancel(owner.pointer, &message, CInt(message.count))
            delivered.store(true, ordering: .releasing)
            doorbell.ring()
        }
    }

    /// Owns the request; only its thread uses it.
    @safe private final class Request: @unchecked Sendable {
        let pointer: OpaquePointer
        init(pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe PQfreeCancel(pointer) }
    }
}
