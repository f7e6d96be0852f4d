import Model
import Testing

@testable import Planning

@Suite("Readiness")
struct ReadinessTests {
    @Test("a complete book is ready for every platform")
    func ready() throws {
        let readiness = try Readiness(checking: .complete)
        #expect(readiness.isReady)
        #expect(readiness.platforms.map(\.name) == ["Apple Books", "Google Play Books", "Spotify", "ACX", "Kobo"])
        #expect(readiness.platforms.allSatisfy { $0.isReady && $0.isEnabled && $0.reasons.isEmpty })
        #expect(
            readiness.platforms[0].requirements.map(\.id.rawValue) == [
                "title", "author", "narrator", "cover", "cover_size", "audio", "chapters", "audio_bitrate",
                "audio_samplerate", "audio_channels", "file_size",
            ]
        )
        #expect(readiness.completion.percentComplete == 100)
        let bitRate = try requirement(.audioBitRate, .apple, in: readiness)
        #expect(bitRate.expected == .text("128k"))
        #expect(bitRate.actual == .text("128k"))
        #expect(try requirement(.audioSampleRate, .apple, in: readiness).actual == .number(44_100))
    }

    @Test("missing audio is counted by chapters, by segments and in percent")
    func missingAudio() throws {
        // 12 chapters, 8 of them complete; 450 segments, 380 with audio.
        var number = 0
        let book = BookSnapshot.book(
            (0..<12).map { chapter in
                let spoken = chapter < 8 ? 45 : 5
                let silent = chapter < 8 ? 0 : chapter == 8 ? 19 : 17
                return (
                    "Chapter", .chapter,
                    (0..<spoken + silent).map { place in
                        number += 1
                        return place < spoken ? .spoken(number, samples: 44_100) : .silent(number)
                    }
                )
            }
        )
        let readiness = try Readiness(checking: book)
        #expect(!readiness.isReady)
        #expect(readiness.completion.totalChapters == 12)
        #expect(readiness.completion.chaptersWithCompleteAudio == 8)
        #expect(readiness.completion.totalSegments == 450)
        #expect(readiness.completion.segmentsWithAudio == 380)
        #expect(readiness.completion.percentComplete == 84.4)
        #expect(readiness.missingChapters == book.chapters[8...].map(\.id))
        #expect(readiness.missingSegments.count == 70)
        let audio = try requirement(.audio, .apple, in: readiness)
        #expect(!audio.isMet)
        #expect(audio.details == "4 chapters missing audio")
    }

    @Test("a hundred percent is reported only when nothing is missing")
    func percent() {
        func percent(_ done: Int, of total: Int) -> Double {
            Readiness.Completion(
                totalChapters: 1,
                chaptersWithCompleteAudio: 0,
                totalSegments: total,
                segmentsWithAudio: done
            ).percentComplete
        }
        #expect(percent(9999, of: 10_000) == 99.9)
        #expect(percent(10_000, of: 10_000) == 100)
        #expect(percent(0, of: 0) == 0)
        #expect(percent(1, of: 3) == 33.3)
        #expect(percent(2, of: 3) == 66.7)
    }

    @Test("earlier audio that stands where new audio was named is said, and is no obstacle")
    func earlierAudio() throws {
        var book = BookSnapshot.complete
        book.chapters[1].segments[1].awaitsAudio = true
        let readiness = try Readiness(checking: book)
        let audio = try requirement(.audio, .google, in: readiness)
        #expect(readiness.isReady && audio.isMet)
        #expect(audio.details == "1 segment with earlier audio, because the new audio was not received")
    }

    @Test("refused audio is named with chapter, segment and reason")
    func refusedAudio() throws {
        var book = BookSnapshot.complete
        book.chapters[1].segments[1] = .silent(3, refusal: "it ends after 1.2 s of 3.0 s")
        let audio = try requirement(.audio, .google, in: Readiness(checking: book))
        #expect(
            audio.details
                == "1 chapter missing audio; refused audio: chapter 2 \"One\", segment 2: it ends after 1.2 s of 3.0 s"
        )
    }

    @Test("missing title, author, narrator and cover are named")
    func metadata() throws {
        var book = BookSnapshot.complete
        book.metadata.title = "  "
        book.metadata.authors = []
        book.metadata.narrators = [""]
        book.cover = nil
        let readiness = try Readiness(checking: book)
        #expect(
            readiness.platforms[1].reasons == [
                "title: the book has no title", "author: the book has no author",
                "narrator: the book has no narrator", "cover: the book has no cover",
                "cover_size: the book has no cover",
            ]
        )
    }

    @Test(
        "a cover is compared with each platform's own size",
        arguments: [
            (1399, [Platform]()), (1400, [.apple, .kobo]), (2400, [.apple, .acx, .kobo]), (3000, Platform.allCases),
            (7201, [.apple, .spotify, .acx, .kobo]),
        ]
    )
    func coverSize(pixels: Int, stores: [Platform]) throws {
        var book = BookSnapshot.complete
        book.cover?.width = pixels
        book.cover?.height = max(pixels, 3000)
        let readiness = try Readiness(checking: book)
        #expect(readiness.platforms.filter(\.isReady).map(\.platform) == stores)
        let google = try requirement(.coverSize, .google, in: readiness)
        #expect(google.expected == .text("3000x3000"))
        #expect(google.actual == .text("\(pixels)x\(max(pixels, 3000))"))
    }

    @Test("a bit rate below the platform's is not met, and neither is a rate that no encoder has")
    func bitRates() throws {
        var book = BookSnapshot.complete
        book.settings.overrides = [
            .apple: .init(bitRate: 96_000), .google: .init(bitRate: 300_000), .acx: .init(bitRate: 256_000),
            .kobo: .init(bitRate: 64_000), .spotify: .init(bitRate: 0),
        ]
        let readiness = try Readiness(checking: book)
        #expect(readiness.platforms.filter(\.isReady).map(\.platform) == [.acx, .kobo])
        let apple = try requirement(.audioBitRate, .apple, in: readiness)
        #expect(apple.expected == .text("128k"))
        #expect(apple.actual == .text("96k"))
        #expect(apple.details == "Apple Books takes 128k or more")
        #expect(try requirement(.audioBitRate, .google, in: readiness).details == "mp3 has no bit rate of 300k here")
    }

    @Test("chapters without text or audio are named; Kobo requires text for each segment, except in credits")
    func chapters() throws {
        var book = BookSnapshot.complete
        book.chapters[0].segments = []
        book.chapters[1].segments[1].text = nil
        book.chapters[2].segments = [.silent(9, text: nil)]
        book.chapters[3].segments = [.spoken(5, samples: 1000, text: nil)]
        let readiness = try Readiness(checking: book)
        let google = try requirement(.chapters, .google, in: readiness).details
        #expect(
            google == "chapter 1 \"Opening\" has neither text nor audio and "
                + "chapter 3 \"Two: & more\" has 1 segment with neither text nor audio"
        )
        let kobo = try requirement(.chapters, .kobo, in: readiness).details
        #expect(
            kobo?.contains(", chapter 2 \"One\" has 1 segment without text, which Kobo shows and chapter 3") == true
        )
        #expect(kobo?.contains("chapter 4") == false)
        book.chapters = []
        let none = try Readiness(checking: book)
        #expect(try requirement(.chapters, .acx, in: none).details == "the book has no chapters")
        #expect(try requirement(.audio, .acx, in: none).isMet == false)
    }

    @Test("only enabled platforms decide, and a book without platforms is not ready")
    func enabled() throws {
        var book = BookSnapshot.complete
        book.cover?.width = 1500
        book.settings.platforms = [.apple]
        let readiness = try Readiness(checking: book)
        #expect(readiness.isReady)
        #expect(readiness.platforms.map(\.isEnabled) == [true, false, false, false, false])
        book.settings.platforms = []
        #expect(try !Readiness(checking: book).isReady)
    }

    @Test("a book too long for Kobo is reported before anything is encoded")
    func fileSize() throws {
        let readiness = try Readiness(checking: .hours([12]))
        let size = try requirement(.fileSize, .kobo, in: readiness)
        #expect(!size.isMet)
        #expect(size.expected == .number(200_000_000))
        let lowered = try requirement(.audioBitRate, .kobo, in: Readiness(checking: .hours([3, 3])))
        #expect(lowered.isMet)
        #expect(lowered.actual == .text("64k"))
        #expect(lowered.details == "lowered from 192k to keep the package within 200000000 bytes")
        let segment = try requirement(.fileSize, .spotify, in: Readiness(checking: .hours([1], hoursPerSegment: 2.5)))
        #expect(
            segment.details == "chapter 1 \"Chapter\": segment 1 alone is longer than Spotify takes in one file"
        )
    }

    private func requirement(
        _ id: Readiness.Requirement.ID,
        _ platform: Platform,
        in readiness: Readiness
    ) throws -> Readiness.Requirement {
        let store = try #require(readiness.platforms.first { $0.platform == platform })
        return try #require(store.requirements.first { $0.id == id })
    }
}
