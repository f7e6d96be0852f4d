import Model

/// How far a batch is, in the words and numbers that watchers see.
///
/// A value without a clock: whoever asks brings the time. Speaking and fetching take the first 5 percent, rendering goes to 95, and the
/// rest is the last of the upload; 100 is said only by the row of the package.
struct BatchProgress: Sendable {
    /// What a job says of itself.
    struct Report: Sendable, Hashable {
        var status: JobStatus
        /// 0 through 99.
        var percent: Int
        /// What is being done, such as `encoding chapter 5 of 12 to MP3`.
        var step: String
        /// The time left, once enough was rendered to tell.
        var left: Duration?
    }

    private enum Stage {
        case planning
        case speaking(done: Int, of: Int)
        case copying(done: Int, of: Int)
        case fetching(done: Int, of: Int)
        case rendering(since: ContinuousClock.Instant)
    }

    private var stage = Stage.planning
    /// What was done before segments are fetched, in percent.
    private var spokenPercent = 0.0
    /// The length in samples of each chapter that is encoded, by its place in the plan.
    private var lengths: [Int: Int] = [:]
    private var rendered: [Int: Int] = [:]
    private var done: Set<Int> = []

    /// `done` of `count` missing segments are spoken.
    mutating func spoke(_ done: Int, of count: Int) {
        stage = .speaking(done: done, of: count)
        spokenPercent = 4 * Double(done) / Double(max(1, count))
    }

    /// `done` of `count` chapters are copied from packages that are there.
    mutating func copied(_ done: Int, of count: Int) {
        stage = .copying(done: done, of: count)
    }

    /// `done` of `count` segments are here.
    mutating func fetched(_ done: Int, of count: Int) {
        stage = .fetching(done: done, of: count)
    }

    /// Chapters of these lengths, in samples by their place in the plan, are being rendered from now on. The others are
    /// there.
    mutating func beginRendering(_ lengths: [Int: Int], at now: ContinuousClock.Instant) {
        stage = .rendering(since: now)
        self.lengths = lengths
    }

    /// `samples` of a chapter went through the encoders.
    mutating func rendered(_ samples: Int, ofChapter chapter: Int) {
        rendered[chapter] = min(samples, lengths[chapter] ?? 0)
    }

    /// All of a chapter is encoded.
    mutating func finished(chapter: Int) {
        rendered[chapter] = lengths[chapter]
        done.insert(chapter)
    }

    /// What a job of this batch says now.
    ///
    /// - Parameters:
    ///   - codec: What it encodes to, for people: `MP3` or `AAC`.
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

    /// The rest at the speed so far. Nothing is said before 2 percent and a quarter of a second: the start tells too little.
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
