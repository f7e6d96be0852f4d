import Foundation
import PackagingMessages
import Protobuf
import Testing

import struct Model.PackagingError

@testable import PackctlCommands

@Suite("packctl import")
struct ImportTests {
    private let files = [
        "book.yaml": """
        title: A & B
        cover: cover.jpg
        chapters:
          - title: One
            segments:
              - {text: first, audio: a/1.wav}
              - {text: second}
              - {text: again, audio: a/1.wav}
          - {title: Two, audio_dir: b/}
          - {title: Three, text_file: c.txt}
        """,
        "cover.jpg": "cover", "a/1.wav": "one", "b/2.wav": "two", "b/10.wav": "ten", "c.txt": "Third.\n\nFourth.\n",
    ]

    @Test("chapters and texts are sent in the book's order, and each file once")
    func sendsBook() async throws {
        let daemon = ScriptedDaemon()
        let outcome = try await run(daemon, files)
        #expect(outcome.status == .done)
        #expect(outcome.out == "imported \"made\": 3 chapters, 7 segments, 3 audio files sent\n")
        #expect(daemon[\.header].metadata?.title == "A & B")
        #expect(daemon[\.header].settings?.allPlatforms == true)
        #expect(daemon[\.isCoverThere])
        let chapters = daemon[\.chapters.asTexts]
        #expect(chapters == ["One: first|second|again", "Two: |", "Three: Third.|Fourth."])
        let sent = Set(daemon[\.received])
        #expect(sent == Set(["one", "two", "ten"].map { ScriptedDaemon.sha256(Array($0.utf8)) }))
        #expect(daemon[\.received].count == 3)
    }

    @Test("importing again sends only the new audio, and reports that the project was updated")
    func sendsOnlyNew() async throws {
        let daemon = ScriptedDaemon()
        #expect(try await run(daemon, files).status == .done)
        var changed = files
        changed["b/10.wav"] = "ten, spoken anew"
        let outcome = try await run(daemon, changed)
        #expect(outcome.out == "updated \"made\": 3 chapters, 7 segments, 1 audio file sent\n")
        #expect(daemon[\.received].last == ScriptedDaemon.sha256(Array("ten, spoken anew".utf8)))
    }

    @Test("missing digests that a reply had no room for are asked for page by page")
    func pages() async throws {
        let daemon = ScriptedDaemon { $0.pageSize = 1 }
        #expect(try await run(daemon, files).status == .done)
        #expect(daemon[\.received].count == 3)
    }

    @Test("audio that is refused is named by chapter, segment, file and reason; the rest is sent, and it exits with 7")
    func refusedAudio() async throws {
        let daemon = ScriptedDaemon()
        var files = files
        files["a/1.wav"] = "BAD one"
        files["b/10.wav"] = "BAD ten"
        let outcome = try await run(daemon, files)
        #expect(outcome.status == .partial)
        #expect(daemon[\.received] == [ScriptedDaemon.sha256(Array("two".utf8))])
        #expect(outcome.out == "imported \"made\": 3 chapters, 7 segments, 3 audio files sent, 2 refused\n")
        let named = outcome.err.split(separator: "\n").filter { !$0.hasPrefix("sending") }.joined(separator: "\n")
        #expect(
            named == """
                packctl: chapter 1 "One", segment 1: "a/1.wav": audio ends in the middle of a frame
                packctl: chapter 1 "One", segment 3: "a/1.wav": audio ends in the middle of a frame
                packctl: chapter 2 "Two", segment 2: "b/10.wav": audio ends in the middle of a frame
                packctl: 3 segments of "made" have no audio, because it was refused
                hint: Mend the files and import the folder again; only they will be sent.
                """
        )
    }

    @Test("segments whose new audio is refused are said to keep their earlier audio, where they do")
    func keptAudio() async throws {
        var files = files
        files["b/10.wav"] = "BAD ten"
        let one = try await run(ScriptedDaemon { $0.keeping = 1 }, files)
        #expect(one.status == .partial)
        #expect(
            one.err.contains(
                "packctl: 1 segment of \"made\" keeps its earlier audio, because the new audio was refused\n"
            ),
            "\(one.err)"
        )
        files["a/1.wav"] = "BAD one"
        let both = try await run(ScriptedDaemon { $0.keeping = 1 }, files)
        let message =
            "1 segment of \"made\" has no audio, and 2 keep their earlier audio, because the new audio was refused"
        #expect(both.err.contains("packctl: \(message)\n"), "\(both.err)")
    }

    // MARK: Another book

    private static let taken = PackagingError(
        .failedPrecondition,
        "project \"mine\" is another book: \"Dune\"",
        reason: "SLUG_TAKEN",
        hint: "Say that it replaces.",
        metadata: ["slug": "mine", "title": "Dune"]
    )

    @Test("the origin of a folder is sent, tells no path, and is the same for another way to the folder")
    func origin() async throws {
        let daemon = ScriptedDaemon()
        let outcomes = try await withFolder(files) { folder in
            try await daemon.serve { address in
                var origins: [String] = []
                for path in [folder, folder + "/a/..", folder + "/"] {
                    #expect(await packctl(["import", path, "--address", address]).status == .done)
                    origins.append(daemon[\.header].origin)
                }
                return origins
            }
        }
        #expect(Set(outcomes).count == 1 && outcomes[0].wholeMatch(of: /[0-9a-f]{64}/) != nil)
        // The Python client computes the same; its tests have this digest, too.
        #expect(
            BookOrigin.of(folder: "/books/Dune", machine: "m")
                == "38df93905c1a05b81edffc0dc365227e8581c9579bd5674670f897bafc46ea72"
        )
    }

    @Test("where nobody can be asked, another book stays, and the message says what to do")
    func nobodyToAsk() async throws {
        let daemon = ScriptedDaemon { $0.importFailure = Self.taken }
        let outcome = try await run(daemon, files, "--slug", "mine")
        #expect(outcome.status == .notReady)
        #expect(
            outcome.err == """
                packctl: project "mine" is another book: "Dune"
                hint: Import this one with another --slug, or run again with --replace to replace that one.

                """
        )
        #expect(daemon[\.imports] == 0)
    }

    @Test(
        "another book is replaced only after a yes",
        arguments: [("y", true), ("Yes ", true), ("", false), ("no", false)]
    )
    func asked(_ answer: String, _ goes: Bool) async throws {
        let daemon = ScriptedDaemon { $0.importFailure = Self.taken }
        let outcome = try await withFolder(files) { folder in
            try await daemon.serve { address in
                await packctl(["import", folder, "--address", address, "--slug", "mine"], answer: answer)
            }
        }
        #expect(outcome.err.hasPrefix("Project \"mine\" is another book (\"Dune\"). Replace it? [y/N] "))
        #expect(outcome.status == (goes ? .done : .failed))
        #expect(daemon[\.imports] == (goes ? 1 : 0))
        #expect(goes || outcome.err.contains("packctl: project \"mine\" was not replaced\n"))
    }

    @Test("--replace replaces another book without asking")
    func replace() async throws {
        let daemon = ScriptedDaemon { $0.importFailure = Self.taken }
        let outcome = try await run(daemon, files, "--slug", "mine", "--replace")
        #expect(outcome.status == .done && daemon[\.header].replace)
    }

    @Test("a book that got a numbered name, because another one has its title, is told so on standard error")
    func numbered() async throws {
        let outcome = try await run(ScriptedDaemon { $0.takenSlug = "a-b" }, files)
        #expect(outcome.status == .done)
        #expect(
            outcome.err.hasSuffix(
                """
                packctl: project "a-b" is another book, so this one is "made"
                hint: To replace that book with this one, import it with --replace.

                """
            ),
            "\(outcome.err)"
        )
    }

    // MARK: What the daemon finds wrong

    @Test(
        "what the daemon finds wrong with a field is reported at the field's line, in the book's words",
        arguments: [
            ("header.metadata.title", "book.yaml:1: title"),
            ("header.metadata.authors[1]", "book.yaml:2: authors, item 2,"),
            ("header.metadata.isbn", "book.yaml isbn"),
            ("header.settings.overrides[kobo].bitrate", "book.yaml:3: bitrate of packaging of kobo"),
            ("header.settings.overrides[0].bitrate", "book.yaml:3: bitrate of packaging of kobo"),
            ("header.settings.room_tone.tail", "book.yaml:4: tail of room_tone"),
            ("header.settings.voice.name", "book.yaml:5: name of voice"),
            ("chapters[0].title", "book.yaml:7: title of chapter 1"),
            ("chapters[0].segments[1].text", "book.yaml:10: text of chapter 1, segment 2"),
            ("chapters[0].segments[1].voice.name", "book.yaml:10: voice of chapter 1, segment 2"),
            ("chapters[1].segments[1].text", "c.txt:4: text of chapter 2, segment 2"),
        ]
    )
    func placed(_ field: String, _ place: String) async throws {
        let files = [
            "book.yaml": """
            title: A
            authors: [One, Two]
            packaging: {kobo: {bitrate: 192k}}
            room_tone: {tail: 2}
            voice: {name: en}
            chapters:
              - title: One
                segments:
                  - text: first
                  - text: second
              - {title: Two, text_file: c.txt}
            """,
            "c.txt": "Third.\n\n\nFourth.\n",
        ]
        let daemon = ScriptedDaemon { $0.importFailure = .invalid(field, "is wrong", hint: "Mend it.") }
        let outcome = try await run(daemon, files)
        #expect(outcome.status == .failed)
        let lines = outcome.err.split(separator: "\n")
        #expect(lines.first?.hasSuffix("/\(place) is wrong") == true, "\(outcome.err)")
        #expect(lines.last == "hint: Mend it.")
    }

    @Test("a slug that the daemon refuses is called by its option, and fields that are not the book's stay as they are")
    func notOfTheBook() async throws {
        let slug = try await run(ScriptedDaemon { $0.importFailure = .invalid("header.slug", "is wrong") }, files)
        #expect(slug.status == .usage && slug.err == "packctl: --slug is wrong\n")
        let other = try await run(ScriptedDaemon { $0.importFailure = .invalid("header.new", "is wrong") }, files)
        #expect(other.status == .usage && other.err == "packctl: header.new is wrong\n")
    }

    @Test("a cover that is refused is named, and it exits with 7")
    func refusedCover() async throws {
        var files = files
        files["cover.jpg"] = "BAD"
        let outcome = try await run(ScriptedDaemon(), files)
        #expect(outcome.status == .partial)
        #expect(outcome.err.contains("packctl: cover \"cover.jpg\": picture is neither JPEG nor PNG\n"))
    }

    @Test("a token that the daemon refuses ends the import before anything is sent")
    func refusedToken() async throws {
        let daemon = ScriptedDaemon { $0.tokens = [:] }
        let outcome = try await run(daemon, files.merging(["token": "secret"]) { $1 }, token: "token")
        #expect(outcome.status == .refused)
        #expect(outcome.err.hasSuffix("\"chmod 600\" keeps it to you\npackctl: the token has expired\n"))
        #expect(daemon[\.logins] == ["secret"] && daemon[\.imports] == 0)
    }

    @Test("with --json the reply is one line, and names only the audio that is still missing at the end")
    func json() async throws {
        var files = files
        files["b/2.wav"] = "BAD two"
        let outcome = try await run(ScriptedDaemon(), files, "--json", "--slug", "mine")
        let refused = ScriptedDaemon.sha256(Array("BAD two".utf8))
        #expect(
            outcome.out == """
                {"projectId":"p1","slug":"mine","created":true,"chapters":3,"segments":7,"missingAudio":["\(refused)"],\
                "missingCover":false,"revision":1}

                """
        )
    }

    private func run(
        _ daemon: ScriptedDaemon,
        _ files: [String: String],
        _ options: String...,
        token: String? = nil
    ) async throws -> Outcome {
        try await withFolder(files) { folder in
            let tokenFile = token.map { ["--token-file", folder + "/" + $0] } ?? []
            return try await daemon.serve { address in
                await packctl(["import", folder, "--address", address] + tokenFile + options)
            }
        }
    }
}

extension Array where Element == (title: String, texts: [String]) {
    fileprivate var asTexts: [String] { map { "\($0.title): \($0.texts.joined(separator: "|"))" } }
}
