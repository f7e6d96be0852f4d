import Logging
import Model
import Synchronization

/// The limit of equal lines that all loggers of this process share. See ``LogRepeats``.
///
/// Limited are warnings and errors, and lines at info that say that a call failed because something is away: all that
/// repeats while an outage lasts. Other lines are always written.
final class RepeatLimit: Sendable {
    private let repeats = Mutex(LogRepeats())
    private let now: @Sendable () -> Duration
    private let write: @Sendable (LogLine) -> Void

    /// - Parameters:
    ///   - now: The time since any moment that stays the same.
    ///   - write: Writes a line.
    init(
        now: @escaping @Sendable () -> Duration = RepeatLimit.uptime,
        write: @escaping @Sendable (LogLine) -> Void
    ) {
        self.now = now
        self.write = write
    }

    /// Time that only moves forward.
    static let uptime: @Sendable () -> Duration = {
        let begin = ContinuousClock.now
        return { .now - begin }
    }()

    /// Writes `line`, or leaves it out and counts it.
    func log(_ line: LogLine) {
        guard let kind = Self.kind(of: line) else { return write(line) }
        let id = line.facts["call"] ?? line.facts["job"]
        let now = now()
        let (isWritten, told) = repeats.withLock { $0.line(kind, id: id.map { "\($0)" }, at: now) }
        tell(told)
        if isWritten { write(line) }
    }

    /// Tells what was left out in the periods that are over.
    func tellDue() {
        let now = now()
        tell(repeats.withLock { $0.due(at: now) })
    }

    /// Tells everything that was left out.
    func finish() {
        let now = now()
        tell(repeats.withLock { $0.finish(at: now) })
    }

    /// Runs `body`, and meanwhile tells after each `pause` what is due; at the end it tells everything.
    func running(every pause: Duration = .seconds(5), _ body: () async throws -> Void) async throws {
        let teller = Task { while (try? await Task.sleep(for: pause)) != nil { tellDue() } }
        defer {
            teller.cancel()
            finish()
        }
        try await body()
    }

    /// The kind of a line that is limited; nil for any other.
    private static func kind(of line: LogLine) -> LogRepeats.Kind? {
        let isOutage = line.level == .info && line.facts["code"].map { "\($0)" } == "unavailable"
        guard line.level >= .warning || isOutage else { return nil }
        // An error's text is long enough to tell errors apart, and bounded because it is kept.
        let error = line.facts["error"].map { String("\($0)".prefix(500)) } ?? ""
        return LogRepeats.Kind(level: line.level, label: line.label, message: line.message, error: error)
    }

    private func tell(_ omissions: [LogRepeats.Omission]) {
        for omission in omissions {
            var facts: Logger.Metadata = [
                "line": "\(omission.kind.message)", "lines": .stringConvertible(omission.count),
                "seconds": .stringConvertible(omission.seconds),
            ]
            if !omission.kind.error.isEmpty { facts["error"] = "\(omission.kind.error)" }
            if !omission.ids.isEmpty { facts["of"] = "\(omission.ids.joined(separator: ","))" }
            write(
                LogLine(
                    time: SystemClock.now,
                    level: omission.kind.level,
                    label: omission.kind.label,
                    message: "left out equal lines",
                    facts: facts
                )
            )
        }
    }
}
