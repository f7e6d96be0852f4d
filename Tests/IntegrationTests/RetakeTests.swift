import Foundation
import Testing

@Suite("Retakes")
struct RetakeTests {
    /// Imports a book whose first segment is `tone(1)`, and returns that segment's id.
    private func book(_ daemon: Daemon, _ folder: String) async throws -> (folder: String, segment: String) {
        let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
        let imported = try await daemon.packctl("import", book.folder)
        try #require(imported.status == 0, "\(imported.errors)")
        let manifest = try await daemon.json("manifest", "bursts")
        let chapter = try #require((manifest["chapters"] as? [[String: Any]])?.first)
        let segment = try #require((chapter["segments"] as? [[String: Any]])?.first?["id"] as? String)
        return (book.folder, segment)
    }

    private func sox(_ path: String, _ hertz: Int) async throws {
        let options = ["-n", "-r", "16000", "-b", "16", "-c", "1", path, "synth", "0.5", "sine", "\(hertz)"]
        try await Program.tool("sox", options)
    }

    private func manifest(_ daemon: Daemon) async throws -> String {
        try await daemon.packctl("manifest", "bursts", "--json").output
    }

    @Test("a refused retake leaves audio and text as they were, and a good one changes both in one step")
    func segment() async throws {
        try await withDaemon { daemon, folder in
            let (_, segment) = try await book(daemon, folder)
            let before = try await manifest(daemon)
            try Data("no audio\n".utf8).write(to: URL(fileURLWithPath: folder + "/bad.wav"))
            for text in [[], ["--text", "Other words."]] {
                let refused = try await daemon.packctl(
                    ["segment", "bursts", segment, "--audio", folder + "/bad.wav"] + text
                )
                #expect(refused.status == 7 && refused.output.isEmpty)
                let message =
                    "packctl: segment \"\(segment)\" keeps its earlier audio and text: the new audio was refused: "
                #expect(refused.errors.hasPrefix(message), "\(refused.errors)")
                #expect(try await manifest(daemon) == before)
            }
            #expect(try await daemon.packctl("readiness", "bursts").status == 0)

            try await sox(folder + "/good.wav", 300)
            let taken = try await daemon.packctl(
                "segment",
                "bursts",
                segment,
                "--audio",
                folder + "/good.wav",
                "--text",
                "Other words."
            )
            #expect(taken.status == 0, "\(taken.errors)")
            let after = try await manifest(daemon)
            #expect(after != before && after.contains("Other words."))

            // A segment without audio has none to keep.
            #expect(try await daemon.packctl("segment", "bursts", segment, "--text", "New.").status == 0)
            let none = try await daemon.packctl("segment", "bursts", segment, "--audio", folder + "/bad.wav")
            #expect(none.status == 7)
            #expect(none.errors.hasPrefix("packctl: segment \"\(segment)\" has no audio: "), "\(none.errors)")
        }
    }

    @Test("a re-recorded file and a new cover that are refused leave the book with what it had, and the import says so")
    func imported() async throws {
        try await withDaemon { daemon, folder in
            let (book, _) = try await book(daemon, folder)
            let before = try await manifest(daemon)
            let project = try await daemon.json("projects")
            let file = book + "/c1-s1-wav16k.wav"
            let (audio, cover) = (
                try Data(contentsOf: URL(fileURLWithPath: file)),
                try Data(contentsOf: URL(fileURLWithPath: book + "/cover.png"))
            )
            try audio.prefix(audio.count / 2).write(to: URL(fileURLWithPath: file))
            try Data("no picture".utf8).write(to: URL(fileURLWithPath: book + "/cover.png"))
            for _ in 0..<2 {
                let refused = try await daemon.packctl("import", book)
                #expect(refused.status == 7)
                #expect(
                    refused.output == "updated \"bursts\": 1 chapter, 10 segments, 1 audio file sent, 1 refused\n"
                )
                let kept =
                    "packctl: 1 segment of \"bursts\" keeps its earlier audio, because the new audio was refused\n"
                #expect(refused.errors.contains(kept), "\(refused.errors)")
                #expect(refused.errors.contains("detail: The project keeps its earlier cover.\n"), "\(refused.errors)")
                #expect(try await manifest(daemon) == before)
                #expect(
                    NSDictionary(dictionary: try await daemon.json("projects")) == NSDictionary(dictionary: project)
                )
                #expect(try await daemon.packctl("readiness", "bursts").status == 0)
            }
            try await sox(file, 300)
            try cover.write(to: URL(fileURLWithPath: book + "/cover.png"))
            let mended = try await daemon.packctl("import", book)
            #expect(mended.status == 0, "\(mended.errors)")
            #expect(mended.output == "updated \"bursts\": 1 chapter, 10 segments, 1 audio file sent\n")
            #expect(try await manifest(daemon) != before)
        }
    }
}
