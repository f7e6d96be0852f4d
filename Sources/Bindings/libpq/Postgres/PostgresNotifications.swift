import Synchronization

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

    private struct Shared {
        var buffer = State()
        var reader: (id: Int, CheckedContinuation<PostgresEvent?, Never>)?
        var lastReader = 0
        var isFinished = false
    }

    private let shared = Mutex(Shared())

    func append(_ event: PostgresEvent) {
        let delivery = shared.withLock { shared in
            shared.buffer.append(event)
            guard let (_, reader) = shared.reader, let event = shared.buffer.popFirst() else {
                return nil as (() -> Void)?
            }
            shared.reader = nil
            return { reader.resume(returning: event) }
        }
        delivery?()
    }

    func finish() {
        let reader = shared.withLock { shared in
            shared.isFinished = true
            defer { shared.reader = nil }
            return shared.reader
        }
        reader?.1.resume(returning: nil)
    }

    func next() async -> PostgresEvent? {
        let id = shared.withLock { shared in
            shared.lastReader += 1
            return shared.lastReader
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: PostgresEvent?? = shared.withLock { shared in
                    if let event = shared.buffer.popFirst() { return event }
                    if shared.isFinished || Task.isCancelled { return .some(nil) }
                    shared.reader = (id, continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let reader = shared.withLock { shared -> CheckedContinuation<PostgresEvent?, Never>? in
                guard let (waiting, reader) = shared.reader, waiting == id else { return nil }
                shared.reader = nil
                return reader
            }
            reader?.resume(returning: nil)
        }
    }
}
