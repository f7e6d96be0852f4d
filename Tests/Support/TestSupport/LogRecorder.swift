public import Logging
internal import Model
internal import Synchronization

/// A log handler that keeps what is logged, at every level.
public final class LogRecorder: LogHandler, Sendable {
    /// One line of a log.
    public struct Line: Sendable {
        /// How much it matters.
        public var level: Logger.Level
        /// Its sentence.
        public var message: String
        /// Its values.
        public var metadata: Logger.Metadata
        /// What the task was about that logged it.
        public var facts: [String: String]
    }

    private let recorded = Mutex<[Line]>([])

    /// A recorder without lines.
    public init() {}

    /// What was logged, in its order.
    public var lines: [Line] { recorded.withLock { $0 } }

    /// What was logged, a line each, with its values.
    public var text: String { lines.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n") }

    /// None of its own: what is set is not kept.
    public subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    /// None of its own: what is set is not kept.
    public var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    /// Every level, whatever is set.
    public var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    /// Keeps a line.
    public func log(event: LogEvent) {
        let line = Line(
            level: event.level,
            message: "\(event.message)",
            metadata: event.metadata ?? [:],
            facts: LogFacts.current
        )
        recorded.withLock { $0.append(line) }
    }
}
