package import Logging
internal import Model
internal import Synchronization

/// A log handler that keeps all lines, at every level.
package final class LogRecorder: LogHandler, Sendable {
    /// One line of a log.
    package struct Line: Sendable {
        /// The level of the line.
        package var level: Logger.Level
        /// The message.
        package var message: String
        /// The metadata.
        package var metadata: Logger.Metadata
        /// The facts about the task that logged the line.
        package var facts: [String: String]
    }

    private let recorded = Mutex<[Line]>([])

    /// A recorder without lines.
    package init() {}

    /// The lines in the order in which they were logged.
    package var lines: [Line] { recorded.withLock { $0 } }

    /// The messages with their values, one string for each line.
    package var text: String { lines.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n") }

    /// The handler has no metadata of its own: values that are set are not kept.
    package subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    /// The handler has no metadata of its own: values that are set are not kept.
    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    /// Every level is logged, whatever is set.
    package var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    /// Keeps a line.
    package func log(event: LogEvent) {
        let line = Line(
            level: event.level,
            message: "\(event.message)",
            metadata: event.metadata ?? [:],
            facts: LogFacts.current
        )
        recorded.withLock { $0.append(line) }
    }
}
