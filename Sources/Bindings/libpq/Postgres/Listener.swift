import CPQ
import Logging
import Synchronization

/// Listens on its own connection and thread, and connects again whenever the connection is lost.
final class Listener: Sendable {
    let buffer: EventBuffer
    private let control: Control

    /// The part that the thread shares with its owner. The thread does not hold the owner, so the thread ends when the
    /// owner is dropped.
    final class Control: Sendable {
        let doorbell = Doorbell()
        private let closing = Atomic(false)

        var isClosing: Bool { closing.load(ordering: .acquiring) }

        func close() {
            closing.store(true, ordering: .releasing)
            doorbell.ring()
        }
    }

    init(_ channels: [String], _ configuration: PostgresConfiguration, logger: Logger, registry: ListenerRegistry) {
        let (buffer, control) = (EventBuffer(), Control())
        self.buffer = buffer
        self.control = control
        guard let key = registry.add(control) else {
            buffer.finish()
            return
        }
        startThread("pq-listen") {
            Self.listen(to: channels, configuration, logger, buffer, control)
            buffer.finish()
            registry.remove(key)
        }
    }

    deinit { control.close() }

    // MARK: On the thread

    private static func listen(
        to channels: [String],
        _ configuration: PostgresConfiguration,
        _ logger: Logger,
        _ buffer: EventBuffer,
        _ control: Control
    ) {
        var failures = 0
        while !control.isClosing {
            do throws(PostgresError) {
                let connection = try Connection.open(configuration, doorbell: control.doorbell, logger: logger) {
                    control.isClosing
                }
                // LISTEN is committed before the state is read, so that no change between the two is missed.
                _ = try connection.execute(
                    channels.map { SQL(unescaped: "LISTEN \($0.quotedIdentifier)") },
                    commit: .end
                )
                failures = 0
                buffer.append(.reconnected)
                deliver(from: connection, to: buffer, control)
                guard !control.isClosing else { return }
                logger.info("lost the connection that listens", metadata: ["reason": "\(connection.lastMessage)"])
            } catch {
                guard !control.isClosing else { return }
                logger.warning("could not listen to the database", metadata: ["reason": "\(error)"])
            }
            failures += 1
            pause(.milliseconds(50 << min(failures - 1, 6)), control)
        }
    }

    private static func deliver(from connection: Connection, to buffer: EventBuffer, _ control: Control) {
        while connection.isOpen, !control.isClosing {
            for (channel, payload) in connection.takeNotifications() {
                buffer.append(.notification(channel: channel, payload: payload))
            }
            let wake = connection.wait()
            if wake.socketIsReadable { connection.readUnasked() }
        }
    }

    private static func pause(_ duration: Duration, _ control: Control) {
        let deadline = ContinuousClock.now + duration
        while !control.isClosing, deadline > .now {
            _ = control.doorbell.wait(until: deadline)
        }
    }
}

extension Connection {
    /// The notifications that have arrived.
    func takeNotifications() -> [(channel: String, payload: String)] {
        var notifications: [(String, String)] = []
        while let notification = unsafe withHandle({ unsafe PQnotifies($0) }) {
            defer { unsafe PQfreemem(notification) }
            guard let channel = unsafe notification.pointee.relname, let payload = unsafe notification.pointee.extra
            else { continue }
            notifications.append((unsafe String(cString: channel), unsafe String(cString: payload)))
        }
        return notifications
    }
}

extension String {
    /// The text as a quoted identifier in SQL.
    var quotedIdentifier: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

/// The listeners of one client. Closing the client ends them.
final class ListenerRegistry: Sendable {
    private struct State {
        var controls: [Int: Listener.Control] = [:]
        var lastKey = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Adds a listener; nil if the client is closed.
    func add(_ control: Listener.Control) -> Int? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastKey += 1
            state.controls[state.lastKey] = control
            return state.lastKey
        }
    }

    func remove(_ key: Int) {
        state.withLock { _ = $0.controls.removeValue(forKey: key) }
    }

    func close() {
        let controls = state.withLock { state in
            state.isClosed = true
            return state.controls.values.map(\.self)
        }
        for control in controls { control.close() }
    }
}

extension PostgresClient {
    /// Listens on `channels`, on a separate connection that is opened again whenever it is lost.
    ///
    /// The first event is ``PostgresEvent/reconnected``, once LISTEN is in effect.
    package func listen(_ channels: [String]) -> PostgresNotifications {
        PostgresNotifications(
            listener: Listener(channels, configuration, logger: logger, registry: listeners)
        )
    }
}
