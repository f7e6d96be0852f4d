import Model
import Testing

@testable import Planning

@Suite("Which segments are to be spoken")
struct SpeechPlanTests {
    private func plan(_ segments: [BookSnapshot.Segment], voice: Voice? = nil) -> SpeechPlan {
        var book = BookSnapshot.book([("One", .chapter, [.spoken(9, samples: 10)]), ("Two", .chapter, segments)])
        book.settings.voice = voice
        return SpeechPlan(of: book, providers: ["espeak"])
    }

    @Test("segments with text and no audio are spoken, by their own voice, the book's, or the default one")
    func voices() {
        var own = BookSnapshot.Segment.silent(2)
        own.voice = Voice(provider: "espeak", name: "de")
        let segments = [.spoken(1, samples: 10), own, .silent(3)]
        let usual = plan(segments)
        #expect(usual.obstacles.isEmpty)
        #expect(usual.lines.map(\.segment) == [SegmentID(2), SegmentID(3)])
        #expect(usual.lines.map(\.voice) == ["de", nil])
        #expect(usual.lines.map(\.place.segment) == [2, 3])
        #expect(plan(segments, voice: Voice(provider: "espeak", name: "cs")).lines.map(\.voice) == ["de", "cs"])
    }

    @Test("a segment without text and audio, with refused or awaited audio, or with a foreign voice is named")
    func obstacles() {
        var awaited = BookSnapshot.Segment.silent(3)
        awaited.namesAudio = true
        var foreign = BookSnapshot.Segment.silent(4)
        foreign.voice = Voice(provider: "azure", name: "x")
        let plan = plan([
            .silent(1, text: nil), .silent(2, refusal: "it is no audio"), awaited, foreign, .silent(5, text: nil),
        ])
        #expect(plan.lines.isEmpty)
        #expect(
            plan.obstacles == [
                "chapter 2 \"Two\", segments 1 and 5: neither text nor audio",
                "chapter 2 \"Two\", segment 2: the audio was refused: it is no audio",
                "chapter 2 \"Two\", segment 3: the audio that the book names was not received",
                "chapter 2 \"Two\", segment 4: the daemon has no speech provider \"azure\"",
            ]
        )
    }

    @Test("many places are named in few words")
    func manyPlaces() {
        let places = (1...8).map { SegmentPlace(chapter: $0, title: "C\($0)", segment: 1) }
        let words = SpeechPlan.words(for: places)
        #expect(words.hasPrefix("chapter 1 \"C1\", segment 1; chapter 2"))
        #expect(words.hasSuffix("chapter 5 \"C5\", segment 1; and 3 more chapters"))
    }
}
