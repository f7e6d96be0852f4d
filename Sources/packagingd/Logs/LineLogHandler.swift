import Glibc
import Logging
import Model
import Synchronization

/// Writes one line per message to standard error, as long as not too many are equal.
///
/// The message is a constant sentence and the facts are metadata, so that lines can be counted and searched. The facts
/// of the current task are added to those of the message: see `LogFacts`.
struct LineLogHandler: LogHandler {
    /// The level that all loggers share, unless this logger was given a level of its own.
    var logLevel: Logger.Level {
        get { own ?? level.current }
        set { own = newValue }
    }
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let level: LogLevel
    private let limit: RepeatLimit
    private var own: Logger.Level?

    /// A lock, so that lines of two threads do not mix.
    private static let output = Mutex(())

    init(label: String, level: LogLevel, limit: RepeatLimit) {
        self.label = label
        self.level = level
        self.limit = limit
    }

    /// Sends everything that this process logs to standard error.
    ///
    /// - Returns: The limit of equal lines. It tells what it left out only while it runs.
    static func bootstrap(level: LogLevel, format: LogFormat) -> RepeatLimit {
        let limit = RepeatLimit { Self.write($0.text(as: format) + "\n") }
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: level, limit: limit) }
        return limit
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var facts = LogFacts.current.mapValues { Logger.MetadataValue.string($0) }
        facts.merge(metadata) { $1 }
        facts.merge(event.metadata ?? [:]) { $1 }
        limit.log(
            LogLine(
                time: SystemClock.now,
                level: event.level,
                label: label,
                message: "\(event.message)",
                facts: facts
            )
        )
    }

    private static func write(_ line: String) {
        output.withLock { _ in
            var bytes = Array(line.utf8)[...]
            while !bytes.isEmpty {
                let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
                guard written > 0 || errno == EINTR else { return }
                bytes = bytes.dropFirst(max(0, written))
            }
        }
    }
}
