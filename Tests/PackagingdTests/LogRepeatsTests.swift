import Logging
import Model
import Synchronization
import TestSupport
import Testing

@testable import packagingd

@Suite("Equal lines of the log")
struct LogRepeatsTests {
    private let away = LogRepeats.Kind(level: .warning, label: "packagingd", message: "could not claim", error: "away")

    private func other(_ number: Int) -> LogRepeats.Kind {
        LogRepeats.Kind(level: .warning, label: "packagingd", message: "could not beat", error: "\(number)")
    }

    @Test("the first five are written, the others are counted, and the count is told when the minute is over")
    func counts() {
        var repeats = LogRepeats()
        for second in 0..<60 {
            let (isWritten, told) = repeats.line(away, id: "call-\(second)", at: .seconds(second))
            #expect(isWritten == (second < 5))
            #expect(told.isEmpty)
        }
        #expect(repeats.due(at: .milliseconds(59_999)).isEmpty)
        let told = repeats.due(at: .seconds(60))
        #expect(told.map(\.count) == [55])
        #expect(told.map(\.seconds) == [60])
        #expect(told.first?.ids.count == 50)
        #expect(told.first?.ids.first == "call-5")
        #expect(repeats.due(at: .seconds(60)).isEmpty, "it is told once")
    }

    @Test("an hour of two equal lines in every second is a few lines, and every line is written or counted")
    func hour() {
        var repeats = LogRepeats()
        var (written, told, counted) = (0, 0, 0)
        for step in 0..<7200 {
            let now = Duration.milliseconds(500) * step
            let (isWritten, omissions) = repeats.line(away, id: nil, at: now)
            written += isWritten ? 1 : 0
            told += omissions.count
            counted += omissions.reduce(0) { $0 + $1.count }
        }
        let rest = repeats.finish(at: .seconds(3600))
        counted += rest.reduce(0) { $0 + $1.count }
        #expect(written + counted == 7200)
        #expect(written + told + rest.count < 30)
    }

    @Test("another level, sentence or error is another kind, and is not left out")
    func kinds() {
        var repeats = LogRepeats()
        for _ in 0..<20 { _ = repeats.line(away, id: nil, at: .zero) }
        var kinds = [away, away, away]
        kinds[0].level = .error
        kinds[1].message = "could not look"
        kinds[2].error = "refused"
        for kind in kinds { #expect(repeats.line(kind, id: nil, at: .seconds(1)).isWritten) }
        #expect(!repeats.line(away, id: nil, at: .seconds(1)).isWritten)
    }

    @Test("lines that are rare enough are all written")
    func rare() {
        var repeats = LogRepeats()
        for minute in 0..<600 {
            for second in [0, 20, 40] {
                let (isWritten, told) = repeats.line(away, id: nil, at: .seconds(60 * minute + second))
                #expect(isWritten && told.isEmpty)
            }
        }
    }

    @Test("an outage that comes after a quiet period is told from its first line")
    func quiet() {
        var repeats = LogRepeats()
        for _ in 0..<100 { _ = repeats.line(away, id: nil, at: .zero) }
        #expect(repeats.due(at: .seconds(60)).map(\.count) == [95])
        #expect(repeats.due(at: .seconds(180)).isEmpty)
        for _ in 0..<5 { #expect(repeats.line(away, id: nil, at: .seconds(200)).isWritten) }
        #expect(!repeats.line(away, id: nil, at: .seconds(200)).isWritten)
    }

    @Test("ten thousand different errors need bounded memory, and what a forgotten kind left out is told")
    func bounded() {
        var repeats = LogRepeats()
        for _ in 0..<7 { _ = repeats.line(away, id: nil, at: .zero) }
        var told: [LogRepeats.Omission] = []
        for number in 1...10_000 {
            let (isWritten, omissions) = repeats.line(other(number), id: nil, at: .milliseconds(number))
            #expect(isWritten)
            told += omissions
        }
        #expect(told.map(\.count) == [2])
        #expect(repeats.finish(at: .seconds(11)).isEmpty)
    }

    @Test("for seeded orders of kinds and times, every line is written or counted exactly once", arguments: 0..<50)
    func sums(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var repeats = LogRepeats()
        var (lines, accounted) = (0, 0)
        var now = Duration.zero
        for _ in 0..<3000 {
            now += .milliseconds(Int.random(in: 0...400, using: &generator) * (lines % 700 == 0 ? 1000 : 1))
            if Int.random(in: 0..<20, using: &generator) == 0 {
                accounted += repeats.due(at: now).reduce(0) { $0 + $1.count }
            }
            let (isWritten, told) = repeats.line(
                other(Int.random(in: 0..<400, using: &generator) / 100),
                id: nil,
                at: now
            )
            lines += 1
            accounted += told.reduce(isWritten ? 1 : 0) { $0 + $1.count }
        }
        accounted += repeats.finish(at: now).reduce(0) { $0 + $1.count }
        #expect(accounted == lines, "seed \(seed)")
    }

    // MARK: Lines

    private func line(_ level: Logger.Level, _ message: String, _ facts: Logger.Metadata) -> LogLine {
        LogLine(time: Instant(microseconds: 0), level: level, label: "packagingd", message: message, facts: facts)
    }

    @Test("lines that differ in level, source, sentence or error are limited apart, and each count names its own")
    func kindsOfLines() {
        let written = Mutex<[LogLine]>([])
        let limit = RepeatLimit(now: { .zero }, write: { line in written.withLock { $0.append(line) } })
        var kinds = [LogLine](repeating: line(.warning, "could not claim", ["error": "away"]), count: 5)
        kinds[1].level = .error
        kinds[2].label = "blobs"
        kinds[3].message = "could not beat"
        kinds[4].facts["error"] = "refused"
        for _ in 0..<20 { for kind in kinds { limit.log(kind) } }
        limit.finish()
        let lines = written.withLock(\.self)
        for kind in kinds.map({ $0.text(as: .text) }) {
            #expect(lines.count { $0.text(as: .text) == kind } == 5, "\(kind)")
        }
        let told = lines.filter { $0.message == "left out equal lines" }
        #expect(told.count == kinds.count)
        for kind in kinds {
            let counts = told.filter { omitted in
                omitted.level == kind.level && omitted.label == kind.label && omitted.facts["line"] == "\(kind.message)"
                    && omitted.facts["error"] == kind.facts["error"]
            }
            #expect(counts.map { "\($0.facts["lines"] ?? "")" } == ["15"], "\(kind)")
        }
    }

    @Test("what was left out is told when its period is over, also if no other line comes", .timeLimit(.minutes(1)))
    func tellsByItself() async throws {
        let (told, tell) = AsyncStream<LogLine>.makeStream()
        let time = Mutex(Duration.zero)
        let limit = RepeatLimit(now: { time.withLock(\.self) }, write: { tell.yield($0) })
        for _ in 0..<7 { limit.log(line(.warning, "could not claim", ["error": "away"])) }
        time.withLock { $0 = LogRepeats.periods.first }
        try await limit.running(every: .milliseconds(1)) {
            for await line in told where line.message == "left out equal lines" {
                #expect(line.facts["lines"].map { "\($0)" } == "2")
                return
            }
        }
    }

    @Test("what callers do wrong and what the daemon notes are always written; the calls of an outage keep their ids")
    func lines() {
        let written = Mutex<[LogLine]>([])
        let limit = RepeatLimit(now: { .zero }, write: { line in written.withLock { $0.append(line) } })
        for number in 0..<20 {
            limit.log(line(.info, "call failed", ["code": "notFound", "error": "no project", "call": "a\(number)"]))
            limit.log(line(.notice, "serving again", [:]))
            limit.log(line(.info, "call failed", ["code": "unavailable", "error": "away", "call": "b\(number)"]))
        }
        limit.finish()
        let lines = written.withLock { $0 }
        #expect(lines.count { $0.facts["code"] == "notFound" } == 20)
        #expect(lines.count { $0.message == "serving again" } == 20)
        let told = lines.filter { $0.message == "left out equal lines" }
        #expect(told.map { "\($0.facts["lines"] ?? "")" } == ["15"])
        #expect(told.first?.level == .info)
        let ids = lines.filter { $0.facts["code"] == "unavailable" }.map { "\($0.facts["call"] ?? "")" }
        #expect(
            ids + "\(told.first?.facts["of"] ?? "")".split(separator: ",").map(String.init) == (0..<20).map { "b\($0)" }
        )
    }
}
