import Logging
import Model
import Synchronization
import Testing

@testable import Workers

@Suite("What workers write", .timeLimit(.minutes(10)))
struct WorkerLogTests {
    @Test("every line of a worker's standard error is logged as one line, with the job it worked for")
    func standardError() async throws {
        let log = WorkerLog()
        let pool = try WorkerPool.fake(logger: Logger(label: "test") { _ in log })
        _ = try await LogFacts.$current.withValue(["job": "j1", "attempt": "2"]) {
            try await pool.measure([.order("last-words")], tenant: .random())
        }
        let wrote = log.lines.filter { $0.message == "worker wrote" }
        #expect(wrote.map { "\($0.metadata["line"] ?? "")" }.prefix(2) == ["first line", "last  line"])
        #expect(wrote.allSatisfy { $0.facts == ["job": "j1", "attempt": "2"] && $0.metadata["pid"] != nil })
    }
}

/// Keeps what is logged, and what the task was about that logged it.
private final class WorkerLog: LogHandler, Sendable {
    struct Line: Sendable {
        var message: String
        var metadata: Logger.Metadata
        var facts: [String: String]
    }

    private let state = Mutex<[Line]>([])

    var lines: [Line] { state.withLock { $0 } }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    func log(event: LogEvent) {
        let line = Line(message: "\(event.message)", metadata: event.metadata ?? [:], facts: LogFacts.current)
        state.withLock { $0.append(line) }
    }
}
