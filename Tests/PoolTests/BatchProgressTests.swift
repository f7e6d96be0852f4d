import Model
import Testing

@testable import Pool

@Suite("Progress of a batch")
struct BatchProgressTests {
    private let start = ContinuousClock().now

    @Test("percent and words follow the work, and never reach 100 before the package's row is written")
    func follows() {
        var progress = BatchProgress()
        func report(_ uploaded: Double = 0, after: Duration = .zero) -> BatchProgress.Report {
            progress.report(codec: "MP3", uploaded: uploaded, at: start + after)
        }
        #expect(report() == .init(status: .downloadingAudio, percent: 0, step: "planning the package"))
        progress.fetched(3, of: 44)
        #expect(report().step == "fetching segment 4 of 44")
        progress.fetched(44, of: 44)
        #expect(report().percent == 5)
        #expect(report().step == "fetching segment 44 of 44")

        progress.beginRendering([1000, 3000], at: start)
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

    @Test("a batch that speaks says so before it fetches, and its percent never fall")
    func speaks() {
        var progress = BatchProgress()
        func report() -> BatchProgress.Report { progress.report(codec: "MP3", uploaded: 0, at: start) }
        progress.spoke(11, of: 40)
        #expect(report() == .init(status: .generatingAudio, percent: 1, step: "speaking segment 12 of 40"))
        progress.spoke(40, of: 40)
        #expect(report().percent == 4)
        progress.fetched(0, of: 40)
        #expect(report().percent == 4)
        progress.fetched(40, of: 40)
        #expect(report().percent == 5)
    }

    @Test("the time left is the rest at the speed so far, and is not guessed from too little")
    func timeLeft() {
        var progress = BatchProgress()
        progress.beginRendering([1000], at: start)
        progress.rendered(10, ofChapter: 0)
        #expect(progress.report(codec: "MP3", uploaded: 0, at: start + .seconds(5)).left == nil)
        progress.rendered(250, ofChapter: 0)
        #expect(progress.report(codec: "MP3", uploaded: 0, at: start + .milliseconds(100)).left == nil)
        #expect(progress.report(codec: "MP3", uploaded: 0, at: start + .seconds(5)).left == .seconds(15))
    }

    @Test("a batch whose chapters are empty of samples divides by nothing")
    func empty() {
        var progress = BatchProgress()
        progress.fetched(0, of: 0)
        #expect(progress.report(codec: "MP3", uploaded: 0, at: start).percent == 5)
        progress.beginRendering([], at: start)
        #expect(progress.report(codec: "MP3", uploaded: 0, at: start).status == .uploading)
    }
}
