import Foundation
import Testing

@Suite("Import")
struct ImportTests {
    @Test("audio that cannot be used is named with chapter, segment and reason, and the rest of the book is kept")
    func refusals() async throws {
        try await withDaemon { daemon, folder in
            let book = folder + "/book"
            try await Self.writeBookWithFaults(to: book)

            let outcome = try await daemon.packctl("import", book)
            #expect(outcome.status == 7)
            for (segment, reason) in [
                (2, "not audio"), (3, "ends after"), (4, "empty"), (5, "playlist"), (6, "ends"),
            ] {
                let line = outcome.errors.split(separator: "\n").first { $0.contains("segment \(segment)") }
                #expect(line?.contains("One & only") == true, "segment \(segment): \(outcome.errors)")
                #expect(line?.contains(reason) == true, "segment \(segment): \(line ?? "not named")")
            }
            #expect(!outcome.errors.contains("segment 1 "))

            let readiness = try await daemon.json("readiness", "faults", status: 5)
            let stats = try #require(readiness["completionStats"] as? [String: Any])
            #expect(stats["totalSegments"] as? Int == 7)
            #expect(stats["segmentsWithAudio"] as? Int == 2)
            let created = try await daemon.packctl("create", "faults", "--platform", "google")
            #expect(created.status == 5, "\(created.errors)")
        }
    }

    @Test("importing a book again sends only the new audio")
    func sendsOnlyNew() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            let first = try await daemon.packctl("import", book.folder)
            #expect(first.output == "imported \"bursts\": 1 chapter, 10 segments, 10 audio files sent\n")
            let before = try await daemon.json("import", book.folder)
            #expect(before["created"] as? Bool == false)
            let again = try await daemon.packctl("import", book.folder)
            #expect(again.output == "updated \"bursts\": 1 chapter, 10 segments, 0 audio files sent\n")
            let after = try await daemon.json("import", book.folder)
            #expect(after["projectId"] as? String == before["projectId"] as? String)
            #expect(after["revision"] as? Int == before["revision"] as? Int)

            // One sentence has new audio: one of the ten files is sent.
            let changed = book.folder + "/c1-s1-wav16k.wav"
            try await Program.tool(
                "sox",
                ["-n", "-r", "16000", "-b", "16", "-c", "1", changed, "synth", "0.5", "sine", "300"]
            )
            let third = try await daemon.packctl("import", book.folder)
            #expect(third.output == "updated \"bursts\": 1 chapter, 10 segments, 1 audio file sent\n")
        }
    }

    /// Writes a book with this title and a segment for each sentence; returns its folder.
    private func write(_ sentences: [String], title: String, _ folder: String, extra: String = "") throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let segments = sentences.map { "      - {text: \"\($0)\"}\n" }.joined()
        let yaml = "title: \(title)\n\(extra)chapters:\n  - title: One\n    segments:\n\(segments)"
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder + "/book.yaml"))
        return folder
    }

    @Test(
        "another book is never replaced unasked: with an equal title it gets a name of its own, with --slug it is refused"
    )
    func otherBook() async throws {
        try await withDaemon { daemon, folder in
            let tides = ["The tide comes.", "The tide goes.", "The moon pulls."]
            let first = try write(tides, title: "The Tables", folder + "/tides")
            #expect(try await daemon.packctl("import", first).status == 0)
            let second = try write(["A star rises.", "A star sets."], title: "The Tables", folder + "/stars")
            let imported = try await daemon.packctl("import", second)
            #expect(imported.status == 0, "\(imported.errors)")
            #expect(imported.output == "imported \"the-tables-2\": 1 chapter, 2 segments, 0 audio files sent\n")
            #expect(
                imported.errors.hasPrefix(
                    "packctl: project \"the-tables\" is another book, so this one is \"the-tables-2\"\n"
                )
            )
            let again = try write(["All", "is", "new."], title: "The Tables", folder + "/stars")
            #expect(try await daemon.json("import", again)["slug"] as? String == "the-tables-2")

            let manifest = try await daemon.packctl("manifest", "the-tables").output
            let refused = try await daemon.packctl("import", second, "--slug", "the-tables")
            #expect(refused.status == 5)
            #expect(
                refused.errors == """
                    packctl: project "the-tables" is another book: "The Tables"
                    detail: It came from another place, and less than half of it is in the book that is imported.
                    hint: Import this one with another --slug, or run again with --replace to replace that one.

                    """
            )
            #expect(try await daemon.packctl("manifest", "the-tables").output == manifest)

            // A copy of the folder with one changed sentence is the same book.
            let copy = try write(["The tide came."] + tides.dropFirst(), title: "The Tables", folder + "/copy")
            #expect(try await daemon.json("import", copy)["created"] as? Bool == false)
            let replaced = try await daemon.json("import", second, "--slug", "the-tables", "--replace")
            #expect(replaced["created"] as? Bool == false)
            #expect(try await daemon.packctl("manifest", "the-tables").output.contains("is"))
        }
    }

    @Test("what only the daemon finds wrong is reported with the line of book.yaml, and nothing is imported")
    func daemonFinds() async throws {
        try await withDaemon { daemon, folder in
            let extra = "platforms: [kobo]\npackaging: {kobo: {bitrate: 100k}}\n"
            let book = try write(["One."], title: "Faulty", folder + "/book", extra: extra)
            let outcome = try await daemon.packctl("import", book)
            #expect(outcome.status == 1)
            let message = "packctl: \(book)/book.yaml:3: bitrate of packaging of kobo 100000 bit/s is none of 48k, "
            #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
            let control = try write(["One."], title: "\"A\\tB\"", folder + "/tab")
            let tab = try await daemon.packctl("import", control)
            #expect(tab.status == 1)
            #expect(
                tab.errors
                    == "packctl: \(control)/book.yaml:1: title has a control character or a line break (U+0009)\n"
            )
            let isbn = try write(["One."], title: "A", folder + "/isbn", extra: "isbn: 978-3-16-148410-1\n")
            #expect(
                try await daemon.packctl("import", isbn).errors.contains("/book.yaml:2: isbn \"978-3-16-148410-1\" ")
            )
            #expect((try await daemon.json("projects")["projects"] as? [Any] ?? []).isEmpty)
        }
    }

    /// A book of one chapter whose segments 2 through 6 are refused.
    private static func writeBookWithFaults(to folder: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func sox(_ name: String, _ seconds: String) async throws {
            try await Program.tool(
                "sox",
                ["-n", "-r", "44100", "-b", "16", "-c", "1", "\(folder)/\(name)", "synth", seconds, "sine", "440"]
            )
        }
        try await sox("1.wav", "1.0")
        try Data("Dear narrator, the recording follows next week.\n".utf8).write(to: url("2.wav"))
        try await sox("3.wav", "3.0")
        let whole = try Data(contentsOf: url("3.wav"))
        try whole.prefix(whole.count / 2).write(to: url("3.wav"))
        try Data().write(to: url("4.wav"))
        try Data("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n".utf8)
            .write(to: url("5.mp3"))
        try await sox("6.source.wav", "2.0")
        try await Program.tool("ffmpeg", ["-loglevel", "error", "-i", "\(folder)/6.source.wav", "\(folder)/6.flac"])
        let flac = try Data(contentsOf: url("6.flac"))
        try flac.prefix(flac.count / 2).write(to: url("6.flac"))
        try await sox("7.wav", "0.7")
        let segments = ["1.wav", "2.wav", "3.wav", "4.wav", "5.mp3", "6.flac", "7.wav"]
            .map { "      - {text: \"A sentence.\", audio: \($0)}\n" }.joined()
        let yaml =
            "title: Faults\nauthors: [A]\nnarrators: [B]\nchapters:\n  - title: One & only\n    segments:\n\(segments)"
        try Data(yaml.utf8).write(to: url("book.yaml"))

        func url(_ name: String) -> URL { URL(fileURLWithPath: folder + "/" + name) }
    }
}
