import Logging
import Model
import TestSupport
import Testing

@testable import Workers

@Suite("Output of workers", .timeLimit(.minutes(10)))
struct WorkerLogTests {
    @Test("each line of a worker's standard error is one line of the log, with the job that it worked for")
    func standardError() async throws {
        let log = LogRecorder()
        let pool = try WorkerPool.fake(logger: Logger(label: "test") { _ in log })
        _ = try await LogFacts.$current.withValue(["job": "j1", "attempt": "2"]) {
            try await pool.measure([.order("last-words")], tenant: .random())
        }
        let wrote = log.lines.filter { $0.message == "worker wrote" }
        #expect(wrote.map { "\($0.metadata["line"] ?? "")" }.prefix(2) == ["first line", "last  line"])
        #expect(wrote.allSatisfy { $0.facts == ["job": "j1", "attempt": "2"] && $0.metadata["pid"] != nil })
    }
}
