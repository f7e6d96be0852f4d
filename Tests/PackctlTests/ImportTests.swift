import Foundation
import PackagingMessages
import Protobuf
import Testing

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
        #expect(outcome.out == "imported \"made\": 3 chapters, 7 segments, 1 audio file sent\n")
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
        // The scripted daemon has no Session service that could accept a token.
        let daemon = ScriptedDaemon()
        let outcome = try await run(daemon, files.merging(["token": "secret"]) { $1 }, token: "token")
        #expect(outcome.status == .failed)
        #expect(outcome.err == "packctl: service \"khipu.packaging.v1.Session\" does not exist here\n")
        #expect(daemon[\.imports] == 0)
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
