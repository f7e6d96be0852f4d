import Model
import Testing

@testable import Planning

@Suite("The encodings that a plan needs")
struct EncodingsTests {
    private func names(_ places: [EncodingPlace], _ plan: BatchPlan) -> [String] {
        places.map { "\($0.render) \(plan[$0].audio.codec.rawValue) \(plan[$0].audio.bitRateText)" }
    }

    @Test("each encoding that the chosen platforms want is made once, and no other")
    func wanted() throws {
        let plan = try BatchPlan(of: .complete, for: Platform.allCases, encoderBuild: "test")
        #expect(names(plan.encodings(for: [.google, .spotify]), plan) == (0..<4).map { "\($0) mp3 256k" })
        #expect(plan.encodings(for: Set(Platform.allCases)).count == 12)
        #expect(plan.encodings(for: []).isEmpty)
    }

    @Test("a chapter that a platform gets in two parts is not encoded as a whole for it")
    func parts() throws {
        let plan = try BatchPlan(
            of: .hours([6], hoursPerSegment: 0.5),
            for: [.google, .spotify],
            encoderBuild: "test"
        )
        #expect(plan.renders.count == 3)
        #expect(plan.encodings(for: [.google]).map(\.render) == [0])
        #expect(plan.encodings(for: [.spotify]).map(\.render) == [1, 2])
    }

    @Test("a changed sentence leaves one render to encode for each audio spec, and only the new audio to fetch")
    func oneSentence() throws {
        let before = try BatchPlan(of: .complete, for: Platform.allCases, encoderBuild: "test")
        var book = BookSnapshot.complete
        book.chapters[2].segments[0].audio?.digest = .naming(77)
        let after = try BatchPlan(of: book, for: Platform.allCases, encoderBuild: "test")
        let all = after.encodings(for: Set(Platform.allCases))
        let there = Set(before.encodings(for: Set(Platform.allCases)).compactMap { before[$0].digest })
        let copied = Set(all.filter { after[$0].digest.map(there.contains) ?? false })
        let left = after.encodings(for: Set(Platform.allCases), except: copied)
        #expect(names(left, after) == ["2 aac 128k", "2 mp3 256k", "2 mp3 192k"])
        let audio = after.audio(of: Set(left.map(\.render)))
        #expect(audio.map(\.audio.digest) == [.naming(77)])
        #expect(audio.map { [$0.chapter, $0.segment] } == [[3, 1]])
    }

    @Test("a new title or cover leaves every encoding as it was", arguments: ["title", "chapter", "cover"])
    func nothingToEncode(change: String) throws {
        func digests(_ book: BookSnapshot) throws -> [Digest?] {
            let plan = try BatchPlan(of: book, for: Platform.allCases, encoderBuild: "test")
            return plan.encodings(for: Set(Platform.allCases)).map { plan[$0].digest }
        }
        var book = BookSnapshot.complete
        switch change {
        case "title": book.metadata.title = "Another"
        case "chapter": book.chapters[1].title = "Another"
        default: book.cover?.digest = .naming(98)
        }
        #expect(try digests(book) == digests(.complete))
    }

    @Test("audio that several segments share is fetched once")
    func sharedAudio() throws {
        var book = BookSnapshot.complete
        book.chapters[3].segments = book.chapters[0].segments
        let plan = try BatchPlan(of: book, for: [.google], encoderBuild: "test")
        #expect(plan.audio(of: [0, 3]).count == 1)
    }
}
