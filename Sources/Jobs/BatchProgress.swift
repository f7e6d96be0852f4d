import Model

/// The progress of a batch, in the words and numbers that watchers see.
///
/// A value without a clock: the caller passes the time. Speaking and fetching take the first 5 percent, rendering goes
/// on to 95, and the rest is the end of the upload. Only the row of a completed job has 100 percent.
struct BatchProgress: Sendable {
    /// The progress that a job reports.
    struct Report: Sendable, Hashable {
        var status: JobStatus
        /// 0 through 99.
        var percent: Int
        /// The present step, such as `encoding chapter 5 of 12 to MP3`.
        var step: String
        /// The time left; nil until enough was rendered to estimate it.
        var left: Duration?
    }

    private enum Stage {
        case planning
        case waiting(String)
        case speaking(done: Int, of: Int)
        case copying(done: Int, of: Int)
        case fetching(done: Int, of: Int)
        case rendering(since: ContinuousClock.Instant)
    }

    private var stage = Stage.planning
    /// The percentage that was reached before segments are fetched.
    private var spokenPercent = 0.0
    /// The length in samples of each chapter that is encoded, by its place in the plan.
    private var lengths: [Int: Int] = [:]
    private var rendered: [Int: Int] = [:]
    private var done: Set<Int> = []

    /// `done` of `count` missing segments have been spoken.
    mutating func spoke(_ done: Int, of count: Int) {
        stage = .speaking(done: done, of: count)
        spokenPercent = 4 * Double(done) / Double(max(1, count))
    }

    /// The work waits, and goes on by itself. The reason is the one that a postponed job gives.
    mutating func waits(for reason: String) {
        stage = .waiting(reason)
    }

    /// `done` of `count` chapters have been copied from earlier packages.
    mutating func copied(_ done: Int, of count: Int) {
        stage = .copying(done: done, of: count)
    }

    /// `done` of `count` segments have been fetched.
    mutating func fetched(_ done: Int, of count: Int) {
        stage = .fetching(done: done, of: count)
    }

    /// The work starts to render chapters of these lengths, in samples by their place in the plan. All other chapters
    /// exist already.
    mutating func beginRendering(_ lengths: [Int: Int], at now: ContinuousClock.Instant) {
        stage = .rendering(since: now)
        self.lengths = lengths
    }

    /// `samples` of a chapter have been encoded.
    mutating func rendered(_ samples: Int, ofChapter chapter: Int) {
        rendered[chapter] = min(samples, lengths[chapter] ?? 0)
    }

    /// A chapter has been encoded completely.
    mutating func finished(chapter: Int) {
        rendered[chapter] = lengths[chapter]
        done.insert(chapter)
    }

    /// The progress of a job of this batch now.
    ///
    /// - Parameters:
    ///   - codec: The name of its codec, for people: `MP3` or `AAC`.
    ///   - chapters: The chapters that are encoded for its package, by their place in the plan.
    ///   - uploaded: The part of its package that is stored, 0 through 1.
    func report(
        codec: String,
        chapters: some Collection<Int>,
        uploaded: Double,
        at now: ContinuousClock.Instant
    ) -> Report {
        switch stage {
        case .planning:
            return Report(status: .downloadingAudio, percent: 0, step: "planning the package")
        case .waiting(let reason):
            return Report(status: .downloadingAudio, percent: Int(spokenPercent), step: "waiting: \(reason)")
        case .speaking(let done, let count):
            return Report(
                status: .generatingAudio,
                percent: Int(spokenPercent),
                step: "speaking segment \(min(done + 1, count)) of \(count)"
            )
        case .copying(let done, let count):
            return Report(
                status: .downloadingAudio,
                percent: Int(spokenPercent),
                step: "copying chapter \(min(done + 1, count)) of \(count)"
            )
        case .fetching(let done, let count):
            let part = count == 0 ? 1 : Double(done) / Double(count)
            return Report(
                status: .downloadingAudio,
                percent: Int(spokenPercent + (5 - spokenPercent) * part),
                step: "fetching segment \(min(done + 1, count)) of \(count)"
            )
        case .rendering(let start):
            let done = chapters.count { self.done.contains($0) }
            if done == chapters.count {
                return Report(status: .uploading, percent: 95 + Int(4 * uploaded), step: "storing the package")
            }
            let total = chapters.reduce(0) { $0 + (lengths[$1] ?? 0) }
            let sum = chapters.reduce(0) { $0 + (rendered[$1] ?? 0) }
            let part = total == 0 ? 1 : Double(sum) / Double(total)
            return Report(
                status: .processing,
                percent: 5 + Int(90 * part),
                step: "encoding chapter \(done + 1) of \(chapters.count) to \(codec)",
                left: timeLeft(part, since: start, at: now)
            )
        }
    }

    /// Estimates the time left from the speed so far. Returns nil before 2 percent and a quarter of a second, because
    /// the start of the work says too little about its speed.
    private func timeLeft(
        _ part: Double,
        since start: ContinuousClock.Instant,
        at now: ContinuousClock.Instant
    ) -> Duration? {
        let elapsed = now - start
        guard part >= 0.02, elapsed >= .milliseconds(250) else { return nil }
        return elapsed * ((1 - part) / part)
    }
}
