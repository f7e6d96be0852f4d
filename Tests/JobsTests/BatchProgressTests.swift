import Model
import Planning
import Testing

@testable import Jobs

@Suite("Progress of a batch")
struct BatchProgressTests {
    private let start = ContinuousClock().now
    private let second = Timeline.sampleRate

    /// A package of three chapters, of which each is ten minutes long.
    private func package(
        _ chapters: [Int] = [1, 2, 3],
        of count: Int = 3,
        bytes: Int64 = 0,
        isValidated: Bool = false
    ) -> BatchProgress.Package {
        BatchProgress.Package(
            codec: "MP3",
            chapters: count,
            renders: chapters.map(render),
            bytes: bytes,
            samples: count * 600 * second,
            isValidated: isValidated
        )
    }

    private func render(_ chapter: Int) -> BatchProgress.Render {
        BatchProgress.Render(place: place(chapter - 1), chapter: chapter, samples: 600 * second)
    }

    private func place(_ render: Int) -> EncodingPlace { EncodingPlace(render: render, encode: 0) }

    /// What is encoded for Google Play, and what is copied, by the chapters' numbers.
    private func work(
        _ chapters: [Int],
        copying copies: [Int] = []
    ) -> [Platform: (renders: [BatchProgress.Render], copies: [BatchProgress.Render])] {
        [.google: (chapters.map(render), copies.map(render))]
    }

    private func activity(_ stage: JobActivity.Stage = .shared, stored: Double = 0) -> JobActivity.State {
        JobActivity.State(stage: stage, stored: stored, validatedSamples: 0)
    }

    /// Whether the two are equal but for rounding.
    private func isAbout(_ time: Duration?, _ expected: Duration) -> Bool {
        time.map { abs($0 / expected - 1) < 0.001 } ?? false
    }

    @Test("percent and words follow the work, and never reach 100 before the package's row is written")
    func follows() {
        var progress = BatchProgress()
        func report(_ activity: JobActivity.State? = nil) -> BatchProgress.Report {
            progress.report(of: .google, activity ?? self.activity(), at: start)
        }
        #expect(report() == .init(phase: .planning, percent: 0))
        progress.plans([.google: package(bytes: 3000)])
        progress.waits(for: "the disk is full", at: start)
        #expect(report() == .init(phase: .waiting("the disk is full"), percent: 0))
        progress.makes(work([1, 2, 3]), copying: 0, at: start)
        progress.fetched(3, of: 44, bytes: 4000, at: start)
        #expect(report().phase.words == "fetching segment 4 of 44")

        progress.rendered(0, of: [place(0)])
        #expect(report().phase == .encoding(chapter: 1, of: 3, codec: "MP3"), "while later segments are fetched")
        progress.fetched(44, of: 44, bytes: 4000, at: start)
        #expect(report().phase == .encoding(chapter: 1, of: 3, codec: "MP3"))
        progress.rendered(300 * second, of: [place(0)])
        #expect(report().percent == 16)
        progress.finished([place(0)])
        #expect(report().phase.words == "encoding chapter 2 of 3 to MP3")
        progress.finished([place(2)])
        #expect(report().phase.words == "encoding chapter 2 of 3 to MP3" && report().percent == 65)
        progress.rendered(600 * second, of: [place(1)])
        progress.finished([place(1)])
        #expect(report() == .init(phase: .storing, percent: 98))
        #expect(report(activity(.packaging, stored: 1)) == .init(phase: .storing, percent: 99))
    }

    @Test("the status follows from the phase, and the same in every report")
    func statuses() {
        let phases: [(JobPhase, JobStatus)] = [
            (.planning, .downloadingAudio), (.waiting(""), .downloadingAudio),
            (.speaking(segment: 1, of: 2), .generatingAudio), (.copying(chapter: 1, of: 2), .downloadingAudio),
            (.fetching(segment: 1, of: 2), .downloadingAudio), (.encoding(chapter: 1, of: 2, codec: ""), .processing),
            (.packaging, .processing), (.validating, .processing), (.storing, .uploading),
        ]
        for (phase, status) in phases { #expect(phase.status == status) }
    }

    @Test("a validated package is put together and judged while it is processed, and is stored last")
    func validates() {
        var progress = BatchProgress()
        progress.plans([.google: package(bytes: 1, isValidated: true)])
        progress.makes(work([1, 2, 3]), copying: 0, at: start)
        // The last chapter is there before its render is said to be finished.
        var activity = activity(.packaging)
        func report() -> BatchProgress.Report { progress.report(of: .google, activity, at: start) }
        #expect(report().phase == .packaging)
        progress.finished((0..<3).map(place))
        let packaged = report().percent
        activity.stage = .validating
        activity.stored = 1
        activity.validatedSamples = 900 * second
        #expect(report().phase == .validating && report().percent > packaged && report().percent < 99)
        activity.stage = .storing
        #expect(report() == .init(phase: .storing, percent: 99))
    }

    @Test("speech has the part of the progress that its work has, before it is known how long it is")
    func speaks() {
        var progress = BatchProgress()
        func report() -> BatchProgress.Report { progress.report(of: .google, activity(), at: start) }
        progress.plans([.google: package()])
        progress.spoke(10, of: 40, samples: 1800 * second, at: start)
        #expect(report() == .init(phase: .speaking(segment: 11, of: 40), percent: 9))
        progress.spoke(40, of: 40, samples: 1800 * second, at: start)
        let spoken = report().percent
        #expect(spoken == 37)
        progress.fetched(0, of: 40, bytes: 400_000_000, at: start)
        #expect(report().percent == spoken, "more work than was known, and the percentage does not fall")
    }

    @Test("the time left follows from the speed of all work so far, and is not guessed from too little of it")
    func timeLeft() {
        var progress = BatchProgress()
        func left(after: Duration) -> Duration? {
            progress.report(of: .google, activity(), at: start + after).left
        }
        progress.plans([.google: package()])
        progress.makes(work([1, 2, 3]), copying: 0, at: start)
        progress.rendered(2 * second, of: [place(0)])
        #expect(left(after: .seconds(5)) == nil)
        progress.rendered(18 * second, of: [place(0)])
        #expect(left(after: .milliseconds(100)) == nil)
        #expect(isAbout(left(after: .seconds(1)), .seconds(99)))
        progress.rendered(600 * second, of: [place(1)])
        progress.rendered(300 * second, of: [place(0)])
        #expect(isAbout(left(after: .seconds(50)), .seconds(50)))
    }

    @Test("time in which the work waits does not count, and meanwhile no time left is told")
    func waits() {
        var progress = BatchProgress()
        progress.plans([.google: package()])
        progress.spoke(20, of: 40, samples: 1800 * second, at: start)
        func left(after: Duration) -> Duration? {
            progress.report(of: .google, activity(), at: start + after).left
        }
        #expect(left(after: .seconds(9)) != nil)
        progress.waits(for: "the disk is full", at: start + .seconds(10))
        progress.waits(for: "the disk is full", at: start + .seconds(500))
        #expect(left(after: .seconds(600)) == nil)
        progress.fetched(0, of: 1, bytes: 0, at: start + .seconds(1010))
        progress.spoke(40, of: 40, samples: 1800 * second, at: start + .seconds(1010))
        // Speaking took 18 of 48 seconds of work.
        #expect(isAbout(left(after: .seconds(1018)), .seconds(30)))
    }

    @Test("a batch without samples to encode does not divide by zero")
    func empty() {
        var progress = BatchProgress()
        progress.fetched(0, of: 0, bytes: 0, at: start)
        #expect(progress.report(of: .kobo, activity(), at: start).percent == 0)
        progress.plans([.kobo: package([], of: 0)])
        progress.makes([:], copying: 0, at: start)
        #expect(progress.report(of: .kobo, activity(), at: start).phase == .storing)
    }

    @Test("chapters are counted as the book does, also where others are copied or encoded for other platforms")
    func copies() {
        var progress = BatchProgress()
        func report(_ platform: Platform) -> BatchProgress.Report {
            progress.report(of: platform, activity(), at: start + .seconds(1))
        }
        progress.plans([.google: package(), .acx: package()])
        let work = work([2], copying: [1, 3]).merging([.acx: ([], [render(3)])]) { first, _ in first }
        progress.makes(work, copying: 10, at: start)
        progress.fetched(0, of: 2, bytes: 10, at: start)
        #expect(report(.google).phase.words == "fetching segment 1 of 2")
        #expect(report(.acx).phase.words == "copying chapter 3 of 3")
        progress.rendered(300 * second, of: [place(1)])
        #expect(report(.google).phase.words == "encoding chapter 2 of 3 to MP3")
        #expect(report(.google).percent == 49)
        progress.copied(place(2), done: 0.5)
        #expect(report(.acx).phase == .storing, "a job that copied all of its chapters waits for nobody")
    }

    @Test("while copies are awaited after the last encoding, and when one fails and is encoded, no status falls back")
    func failedCopies() {
        var progress = BatchProgress()
        func phase() -> JobPhase { progress.report(of: .google, activity(), at: start).phase }
        progress.plans([.google: package()])
        progress.makes(work([3], copying: [1, 2]), copying: 10, at: start)
        progress.fetched(1, of: 1, bytes: 10, at: start)
        progress.rendered(0, of: [place(2)])
        progress.finished([place(2)])
        #expect(phase() == .packaging)
        progress.copied(place(0), done: 0.5)
        #expect(phase() == .packaging)
        progress.encodesCopies([place(1)])
        #expect(phase() == .encoding(chapter: 2, of: 3, codec: "MP3"))
        progress.rendered(0, of: [place(1)])
        progress.finished([place(1)])
        #expect(phase() == .storing)
    }

    @Test("a chapter that is encoded again with other levels is more work, and the percentage does not fall")
    func again() {
        var progress = BatchProgress()
        progress.plans([.google: package()])
        progress.makes(work([1, 2, 3]), copying: 0, at: start)
        func percent() -> Int { progress.report(of: .google, activity(), at: start).percent }
        progress.rendered(600 * second, of: [place(0)])
        let first = percent()
        #expect((32...33).contains(first))
        progress.rendersAgain([place(0)], samples: 600 * second, ways: 1)
        #expect(percent() == first)
        progress.rendered(600 * second, of: [place(0)])
        #expect(percent() == 49, "two of four")
        progress.finished([place(0)])
        #expect(percent() == 49)
        progress.finished([place(1)])
        progress.finished([place(2)])
        #expect(percent() == 99)
    }
}
