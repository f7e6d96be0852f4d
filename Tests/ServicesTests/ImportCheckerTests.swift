import Model
import Testing

@testable import Services

@Suite("Checks of an import")
struct ImportCheckerTests {
    private static let header = ImportItem.header(
        ImportHeader(slug: "dune", metadata: BookMetadata(title: "Dune"), settings: PackagingSettings(), cover: nil)
    )
    private static let chapter = ImportItem.chapter(title: "One", kind: .chapter)
    private static let segment = ImportItem.segment(text: "A beginning.", audio: nil)

    /// The message for a sequence of items, or nil if they are accepted.
    private func complaint(_ items: [ImportItem]) -> String? {
        var checker = ImportChecker()
        do throws(PackagingError) {
            for item in items { try checker.check(item) }
            try checker.finish()
            return nil
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.fields.count == 1)
            return error.message
        }
    }

    private func complaint(changing change: (inout ImportHeader) -> Void) -> String? {
        guard case .header(var header) = Self.header else { return nil }
        change(&header)
        return complaint([.header(header), Self.chapter, Self.segment])
    }

    @Test("a book with a header, a chapter and a segment passes")
    func passes() {
        #expect(complaint([Self.header, Self.chapter, Self.segment]) == nil)
    }

    @Test("items in the wrong order are refused")
    func order() {
        #expect(complaint([]) == "header is missing: an import begins with it")
        #expect(complaint([Self.chapter]) == "header is missing: an import begins with it")
        #expect(complaint([Self.header, Self.header]) == "header is there twice")
        #expect(complaint([Self.header, Self.segment]) == "segments[0] comes before the first chapter")
        #expect(complaint([Self.header]) == "chapters are missing: a book has at least one")
    }

    @Test("a fault of a segment is reported with the segment's place")
    func segments() {
        let blank = ImportItem.segment(text: " \n", audio: nil)
        #expect(
            complaint([Self.header, Self.chapter, Self.segment, Self.chapter, Self.segment, blank])
                == "chapters[1].segments[1] has neither text nor audio"
        )
        let long = ImportItem.segment(text: String(repeating: "é", count: 10_001), audio: nil)
        #expect(
            complaint([Self.header, Self.chapter, long])
                == "chapters[0].segments[0].text has 20002 bytes, and 20000 are the limit"
        )
        let voice = Voice(provider: "piper", name: "x")
        let foreign = ImportItem.segment(text: "A", audio: nil, voice: voice)
        #expect(
            complaint([Self.header, Self.chapter, foreign])
                == "chapters[0].segments[0].voice.provider \"piper\" is none of espeak, openai, azure"
        )
    }

    @Test("a segment with audio needs no text")
    func audioOnly() {
        let digest = Digest(bytes: [UInt8](repeating: 1, count: 32))
        #expect(complaint([Self.header, Self.chapter, .segment(text: "", audio: digest)]) == nil)
    }

    @Test("values of the header that later steps cannot use are refused by name")
    func header() {
        #expect(complaint { $0.metadata.title = "" } == "header.metadata.title is empty")
        #expect(complaint { $0.metadata.title = " \u{200B}" } == "header.metadata.title has nothing that can be seen")
        #expect(
            complaint { $0.metadata.title = "Du\nne" }
                == "header.metadata.title has a control character or a line break (U+000A)"
        )
        #expect(
            complaint { $0.metadata.title = String(repeating: "x", count: 501) }
                == "header.metadata.title has 501 characters, and 500 are the limit"
        )
        #expect(complaint { $0.slug = "Dune!" } == "header.slug \"Dune!\" is not 1 to 64 of a-z, 0-9 and \"-\"")
        #expect(complaint { $0.metadata.authors = ["A", ""] } == "header.metadata.authors[1] is empty")
        #expect(
            complaint { $0.metadata.language = "english please" }
                == "header.metadata.language \"english please\" is not a language tag such as \"en\""
        )
        #expect(
            complaint { $0.settings.tailSeconds = 5.5 }
                == "header.settings.room_tone.tail 5.5 is not between 0 and 5.0 seconds"
        )
        #expect(
            complaint { $0.settings.headSeconds = .nan }
                == "header.settings.room_tone.head nan is not between 0 and 5.0 seconds"
        )
        #expect(
            complaint { $0.settings.overrides = [.google: .init(bitRate: 100_000)] }?
                .hasPrefix("header.settings.overrides[google].bitrate 100000 bit/s is none of 48k, ") == true
        )
        #expect(
            complaint { $0.metadata.isbn = "978-3-16-148410-1" }?
                .hasPrefix("header.metadata.isbn \"978-3-16-148410-1\" is not an ISBN: its last digit") == true
        )
        #expect(complaint { $0.metadata.isbn = "978-3-16-148410-0" } == nil)
        #expect(
            complaint { $0.metadata.language = "english" }
                == "header.metadata.language \"english\" is not a language tag such as \"en\""
        )
        #expect(
            complaint { $0.origin = String(repeating: "x", count: 129) }
                == "header.origin has 129 characters, and 128 are the limit"
        )
        #expect(complaint { $0.metadata.year = 12_025 } == "header.metadata.year 12025 is not a year")
    }

    @Test("more chapters or segments than a book may have are refused")
    func counts() {
        let chapters = [Self.header] + Array(repeating: Self.chapter, count: 10_001)
        #expect(complaint(chapters) == "chapters are more than 10000")
        let segments = [Self.header, Self.chapter] + Array(repeating: Self.segment, count: 200_001)
        #expect(complaint(segments) == "segments are more than 200000")
    }
}
