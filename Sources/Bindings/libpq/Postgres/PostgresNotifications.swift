internal import Concurrency
internal import Synchronization

/// The events of a listener.
package enum PostgresEvent: Sendable, Hashable {
    /// Another session's NOTIFY was committed.
    case notification(channel: String, payload: String)
    /// Notifications may have been missed: LISTEN has just taken effect, for the first time or after the connection was
    /// lost, or the listener was too slow. The reader should read the state now; every later change is notified.
    case reconnected
}

/// The notifications on some channels, as a sequence that ends when the client closes.
///
/// At most 1,024 unread events are kept, equal events only once. Beyond that bound all become one
/// ``PostgresEvent/reconnected``. Listening begins with the call that made the sequence and ends with the last copy of
/// the value. Meant for one reader.
package struct PostgresNotifications: AsyncSequence, Sendable {
    let listener: Listener

    /// Starts reading.
    package func makeAsyncIterator() -> Iterator { Iterator(listener: listener) }

    /// Reads events one after another.
    package struct Iterator: AsyncIteratorProtocol, Sendable {
        let listener: Listener

        /// The next event; nil when the client is closed or the task cancelled.
        package mutating func next() async -> PostgresEvent? { await listener.buffer.next() }

        /// The next event; nil when the client is closed or the task cancelled.
        package mutating func next(isolation actor: isolated (any Actor)?) async -> PostgresEvent? {
            await listener.buffer.next()
        }
    }
}

/// Events between the thread that hears them and the task that reads them.
final class EventBuffer: Sendable {
    /// The rules of what is kept and what is dropped, as a pure value.
    struct State {
        static let bound = 1024
        private(set) var events: [PostgresEvent] = []
        private var known: Set<PostgresEvent> = []

        /// Keeps `event`, unless an equal one is unread.
        mutating func append(_ event: PostgresEvent) {
            guard known.insert(event).inserted else { return }
            events.append(event)
            guard event == .reconnected || events.count > Self.bound else { return }
            // The reader must read the whole state again, so the unread events are no longer needed.
            events = [.reconnected]
            known = [.reconnected]
        }

        mutating func popFirst() -> PostgresEvent? {
            guard !events.isEmpty else { return nil }
            let event = events.removeFirst()
            known.remove(event)
            return event
        }
    }

    private let shared = Mutex((buffer: State(), isFinished: false))
    private let changes = Signal()

    func append(_ event: PostgresEvent) {
        shared.withLock { $0.buffer.append(event) }
        changes.send()
    }

    func finish() {
        shared.withLock { $0.isFinished = true }
        changes.send()
    }

    func next() async -> PostgresEvent? {
        while true {
            let seen = changes.count
            let (event, isFinished) = shared.withLock { ($0.buffer.popFirst(), $0.isFinished) }
            if let event { return event }
            if isFinished || Task.isCancelled { return nil }
            await changes.wait(since: seen)
        }
    }
}
