import Foundation
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("Reading a book folder")
struct BookReaderTests {
    @Test("the sample book has five chapters of all kinds and forms")
    func readsSample() throws {
        let book = try BookReader.read(repositoryFolder("compose/sample"))
        #expect(book.metadata.title == #"The Knot-Keeper & the "Quiet" Río"#)
        #expect(book.metadata.authors == ["Inés Quispe Halloran"])
        #expect(book.metadata.narrators.count == 2)
        #expect(book.metadata.year == 2026)
        #expect(book.metadata.digitalVoice)
        #expect(book.settings.platforms == ["apple", "google", "spotify", "acx", "kobo"])
        #expect(!book.settings.allPlatforms)
        #expect(book.settings.roomTone == RoomTone(head: 0.75, tail: 1.5))
        #expect(book.chapters.map(\.kind) == [.openingCredits, .chapter, .chapter, .chapter, .closingCredits])
        #expect(book.chapters.map(\.segments.count) == [3, 12, 12, 13, 5])
        #expect(book.chapters.flatMap(\.segments).count { $0.audio != nil } == 16)
        #expect(book.cover?.name == "cover.jpg")
    }

    @Test("a text file gives a segment for each paragraph, with its lines joined")
    func textFile() throws {
        let text = "\u{FEFF}One line\r\nand another.\r\n\r\n\r\n  Second.  \r\n"
        let book = try read("  - {title: A, text_file: a.txt}", ["a.txt": text])
        #expect(book.chapters[0].segments.map(\.text) == ["One line and another.", "Second."])
    }

    @Test("an audio folder gives a segment for each file in natural order, without hidden files")
    func audioFolder() throws {
        let files = ["a/10.wav": "x", "a/9.mp3": "x", "a/1.OGG": "x", "a/.DS_Store": "x"]
        let book = try read("  - {title: A, audio_dir: a/}", files)
        #expect(book.chapters[0].segments.compactMap(\.audio?.name) == ["a/1.OGG", "a/9.mp3", "a/10.wav"])
        #expect(book.chapters[0].segments.allSatisfy { $0.text.isEmpty })
    }

    @Test("a segment's voice without a provider has the provider of the book's voice")
    func voices() throws {
        let chapters = "  - {title: A, segments: [{text: a, voice: {name: x}}, {text: b}]}"
        let book = try read(chapters, extra: "voice: {provider: azure, name: y}")
        #expect(book.settings.voice == Voice(provider: "azure", name: "y"))
        #expect(book.chapters[0].segments.map(\.voice) == [Voice(provider: "azure", name: "x"), nil])
    }

    @Test("without platforms every platform is enabled")
    func allPlatforms() throws {
        let book = try read("  - {title: A, segments: []}")
        #expect(book.settings.allPlatforms)
        #expect(book.settings.platforms.isEmpty)
    }

    @Test("a key without a value is the same as no key")
    func nulls() throws {
        let book = try read("  - {title: A, segments: []}", extra: "subtitle:\ncover: ~\nyear: null")
        #expect(book.metadata.subtitle.isEmpty)
        #expect(book.cover == nil)
        #expect(book.metadata.year == 0)
    }

    @Test("a title that looks like a number is a title")
    func numericTitle() throws {
        try withFolder(["book.yaml": "title: 1984\nchapters: []\n"]) { folder in
            let title = try BookReader.read(folder).metadata.title
            #expect(title == "1984")
        }
    }

    @Test("a book.yaml with the byte order mark and the line ends of Windows is read")
    func byteOrderMark() throws {
        let yaml = "\u{FEFF}title: A\r\nchapters:\r\n  - {title: One, segments: []}\r\n"
        try withFolder(["book.yaml": yaml]) { folder in
            let book = try BookReader.read(folder)
            #expect(book.metadata.title == "A")
            #expect(book.chapters.map(\.title) == ["One"])
        }
    }

    private func read(_ chapters: String, _ files: [String: String] = [:], extra: String = "") throws -> BookFolder {
        let yaml = "title: T\n\(extra)\nchapters:\n\(chapters)\n"
        return try withFolder(files.merging(["book.yaml": yaml]) { $1 }) { try BookReader.read($0) }
    }
}

@Suite("Faults of a book folder")
struct BookFaultTests {
    @Test("all faults are reported at once, with line, key and what is allowed")
    func severalFaults() throws {
        let yaml = """
            titel: T
            autors: [A]
            year: soon
            digital_voice: perhaps
            platforms: [google, googel, google]
            mastering: loud
            room_tone: {head: 99}
            packaging: {apple: {bitrate: 192}}
            voice: {provider: espeek, name: en}
            chapters:
              - title: One
                segments:
                  - {text: ""}
                  - {txt: a}
              - title: Two
              - title: Three
                text_file: t.txt
                audio_dir: a/
              - segments: []
                kind: prologue
            """
        #expect(
            try faults(yaml) == """
                packctl: book/book.yaml:1: unknown key "titel"
                hint: Did you mean "title"?
                packctl: book/book.yaml:2: unknown key "autors"
                hint: Did you mean "authors"?
                packctl: book/book.yaml:1: the book has no title
                packctl: book/book.yaml:3: year must be a whole number, 1 through 9999
                packctl: book/book.yaml:4: digital_voice must be true or false
                packctl: book/book.yaml:5: a platform must be apple, google, spotify, acx or kobo, not "googel"
                hint: Did you mean "google"?
                packctl: book/book.yaml:5: platforms names "google" twice
                packctl: book/book.yaml:8: bitrate of packaging of apple must be written as in 192k
                packctl: book/book.yaml:6: mastering must be fit or off, not "loud"
                packctl: book/book.yaml:7: head of room_tone must be a number, 0 through 5
                packctl: book/book.yaml:9: provider of voice must be espeak, openai or azure, not "espeek"
                hint: Did you mean "espeak"?
                packctl: book/book.yaml:13: chapter 1, segment 1 has neither text nor audio
                packctl: book/book.yaml:14: unknown key "txt" in chapter 1, segment 2
                hint: Did you mean "text"?
                packctl: book/book.yaml:14: chapter 1, segment 2 has neither text nor audio
                packctl: book/book.yaml:15: chapter 2 needs segments, text_file or audio_dir
                packctl: book/book.yaml:16: chapter 3 has text_file and audio_dir; it may have one of them
                packctl: book/book.yaml:19: chapter 4 has no title
                packctl: book/book.yaml:20: kind of chapter 4 must be chapter, opening_credits or closing_credits, not "prologue"

                """
        )
    }

    @Test(
        "a folder or file that is not a book is refused with the reason",
        arguments: [
            ("", "book/book.yaml is empty\nhint: It needs at least a title and chapters.\n"),
            ("- a\n", "book/book.yaml:1: the book must be a mapping, not a list\n"),
            (
                "title: A\nchapters: B\n",
                "book/book.yaml:2: chapters must be a list, not the text \"B\"\nhint: Write it as - title: One.\n"
            ),
            ("title: [A]\nchapters: []\n", "book/book.yaml:1: title must be text, not a list\n"),
            ("title: A\n", "book/book.yaml:1: the book has no chapters\n"),
            (
                "title: A\nplatforms: []\nchapters:\n  - {title: B, segments: [{text: a}]}\n",
                "book/book.yaml:2: platforms names no platform\nhint: Leave it out for all of them.\n"
            ),
            ("title: A\ntitle: B\nchapters: []\n", "book/book.yaml:1: the key \"title\" stands twice in one mapping\n"),
            ("title: \"A\nchapters: []\n", "book/book.yaml:3: not YAML: found unexpected end of stream\n"),
            ("title: A\nchapters: []\n---\ntitle: B\n", "book/book.yaml:3: not YAML: but found another document\n"),
        ]
    )
    func notABook(_ yaml: String, _ expected: String) throws {
        #expect(try faults(yaml) == "packctl: " + expected)
    }

    @Test(
        "a name never leads out of the book's folder",
        arguments: [
            ("/etc/passwd", "is not relative to the book's folder"),
            ("../secret.wav", "leads out of the book's folder"),
            ("a/../../secret.wav", "leads out of the book's folder"),
            ("link.wav", "is a link that leads out of the book's folder"),
            ("folder-link/passwd", "is a link that leads out of the book's folder"),
            ("missing.wav", "does not exist"),
            ("a", "is not a file"),
        ]
    )
    func unsafeNames(_ name: String, _ problem: String) throws {
        try withFolder(["a/1.wav": "x"]) { folder in
            let files = FileManager.default
            try files.createSymbolicLink(atPath: folder + "/link.wav", withDestinationPath: "/etc/passwd")
            try files.createSymbolicLink(atPath: folder + "/folder-link", withDestinationPath: "/etc")
            #expect { try BookPaths(root: folder).file(name) } throws: {
                ($0 as? BookPaths.Refusal)?.problem == problem
            }
        }
    }

    @Test("a link that stays inside the folder is followed")
    func insideLink() throws {
        try withFolder(["a/1.wav": "abc"]) { folder in
            try FileManager.default.createSymbolicLink(atPath: folder + "/b.wav", withDestinationPath: "a/1.wav")
            let file = try BookPaths(root: folder).file("b.wav")
            #expect(file.path == folder + "/a/1.wav")
            #expect(file.bytes == 3)
        }
    }

    @Test("a file in an audio folder that is not audio is reported, not left out")
    func strayFile() throws {
        try withFolder(["a/1.wav": "x", "a/notes.txt": "x"]) { folder in
            #expect { try BookPaths(root: folder).audioFiles(in: "a") } throws: {
                ($0 as? BookPaths.Refusal)?.problem == "has \"notes.txt\", which is not audio by its name"
            }
        }
    }

    @Test(
        "a value that could only be dropped later is refused with its line",
        arguments: [
            (
                "isbn: 978-3-16-148410-1",
                "isbn \"978-3-16-148410-1\" is not an ISBN: its last digit does not match the others, so one is mistyped\n"
            ),
            ("isbn: forthcoming", "isbn \"forthcoming\" is not an ISBN: it has 10 or 13 digits\n"),
            (
                "language: english",
                "language must be a language tag, not \"english\"\nhint: Write it as in \"en\" or \"pt-BR\".\n"
            ),
            (
                "language: en_US",
                "language must be a language tag, not \"en_US\"\nhint: Write it as in \"en\" or \"pt-BR\".\n"
            ),
            ("authors: [A, \" \"]", "authors, item 2, is empty\n"), ("narrators: [~]", "narrators, item 1, is empty\n"),
        ]
    )
    func droppedLater(_ line: String, _ expected: String) throws {
        let yaml = "title: A\n\(line)\nchapters:\n  - {title: B, segments: [{text: a}]}\n"
        #expect(try faults(yaml) == "packctl: book/book.yaml:2: " + expected)
    }

    @Test("an ISBN of ten or thirteen digits and tags of languages are taken as they are written")
    func rightValues() throws {
        for (line, isbn) in [
            ("isbn: 978-3-16-148410-0", "978-3-16-148410-0"), ("isbn: 080442957X", "080442957X"), ("isbn: ~", ""),
        ] {
            let yaml = "title: A\nlanguage: zh-Hant-TW\n\(line)\nchapters: []\n"
            let metadata = try withFolder(["book.yaml": yaml]) { try BookReader.read($0).metadata }
            #expect(metadata.isbn == isbn && metadata.language == "zh-Hant-TW")
        }
    }

    @Test("a paragraph that is too long is reported with its line in the text file")
    func longParagraph() throws {
        let text = "Short.\n\n" + String(repeating: "long ", count: 5000)
        let yaml = "title: A\nchapters:\n  - {title: B, text_file: t.txt}\n"
        #expect(
            try faults(yaml, ["t.txt": text]) == """
                packctl: book/t.txt:3: a paragraph is longer than 20000 bytes
                hint: A segment is a sentence or a paragraph of speech; split it.

                """
        )
    }

    private func faults(_ yaml: String, _ files: [String: String] = [:]) throws -> String {
        try withFolder(files.merging(["book.yaml": yaml]) { $1 }) { folder in
            do throws(BookError) {
                _ = try BookReader.read(folder)
                return ""
            } catch {
                return BookError(folder: "book", problems: error.problems).lines.map { $0 + "\n" }.joined()
            }
        }
    }
}
