import Model
import Testing

@testable import Jobs

@Suite("Progress of a batch")
struct BatchProgressTests {
    private let start = ContinuousClock().now

    @Test("percent and words follow the work, and never reach 100 before the package's row is written")
    func follows() {
        var progress = BatchProgress()
        func report(_ uploaded: Double = 0, after: Duration = .zero) -> BatchProgress.Report {
            progress.report(codec: "MP3", chapters: [0, 1], uploaded: uploaded, at: start + after)
        }
        #expect(report() == .init(status: .downloadingAudio, percent: 0, step: "planning the package"))
        progress.waits(for: "the disk is full")
        #expect(report() == .init(status: .downloadingAudio, percent: 0, step: "waiting: the disk is full"))
        progress.fetched(3, of: 44)
        #expect(report().step == "fetching segment 4 of 44")
        progress.fetched(44, of: 44)
        #expect(report().percent == 5)
        #expect(report().step == "fetching segment 44 of 44")

        progress.beginRendering([0: 1000, 1: 3000], at: start)
        #expect(report().status == .processing)
        #expect(report().step == "encoding chapter 1 of 2 to MP3")
        progress.rendered(500, ofChapter: 0)
        #expect(report().percent == 5 + 11)
        progress.finished(chapter: 0)
        #expect(report().step == "encoding chapter 2 of 2 to MP3")
        progress.rendered(9999, ofChapter: 1)
        #expect(report().percent == 95)
        progress.finished(chapter: 1)
        #expect(report() == .init(status: .uploading, percent: 95, step: "storing the package"))
        #expect(report(1).percent == 99)
    }

    @Test("a batch that speaks reports it before it fetches, and its percent never falls")
    func speaks() {
        var progress = BatchProgress()
        func report() -> BatchProgress.Report {
            progress.report(codec: "MP3", chapters: [], uploaded: 0, at: start)
        }
        progress.spoke(11, of: 40)
        #expect(report() == .init(status: .generatingAudio, percent: 1, step: "speaking segment 12 of 40"))
        progress.spoke(40, of: 40)
        #expect(report().percent == 4)
        progress.fetched(0, of: 40)
        #expect(report().percent == 4)
        progress.fetched(40, of: 40)
        #expect(report().percent == 5)
    }

    @Test("the time left follows from the speed so far, and is not guessed from too little work")
    func timeLeft() {
        var progress = BatchProgress()
        func left(after: Duration) -> Duration? {
            progress.report(codec: "MP3", chapters: [0], uploaded: 0, at: start + after).left
        }
        progress.beginRendering([0: 1000], at: start)
        progress.rendered(10, ofChapter: 0)
        #expect(left(after: .seconds(5)) == nil)
        progress.rendered(250, ofChapter: 0)
        #expect(left(after: .milliseconds(100)) == nil)
        #expect(left(after: .seconds(5)) == .seconds(15))
    }

    @Test("a batch without samples to encode does not divide by zero")
    func empty() {
        var progress = BatchProgress()
        func report() -> BatchProgress.Report {
            progress.report(codec: "MP3", chapters: [], uploaded: 0, at: start)
        }
        progress.fetched(0, of: 0)
        #expect(report().percent == 5)
        progress.beginRendering([:], at: start)
        #expect(report().status == .uploading)
    }

    @Test("copied chapters count for nothing: percent, words and time left are about the encoded ones")
    func copies() {
        var progress = BatchProgress()
        func report(_ chapters: [Int]) -> BatchProgress.Report {
            progress.report(codec: "MP3", chapters: chapters, uploaded: 0, at: start + .seconds(1))
        }
        progress.copied(1, of: 3)
        #expect(report([]) == .init(status: .downloadingAudio, percent: 0, step: "copying chapter 2 of 3"))
        progress.fetched(0, of: 2)
        progress.beginRendering([2: 1000], at: start)
        #expect(report([2]).percent == 5 && report([2]).step == "encoding chapter 1 of 1 to MP3")
        progress.rendered(500, ofChapter: 2)
        #expect(report([2]).percent == 50 && report([2]).left == .seconds(1))
        #expect(report([]).step == "storing the package", "a job that copied all of its chapters waits for nobody")
    }
}
