import Foundation
import Testing

@Suite("Missing audio")
struct SpeechTests {
    /// Writes a book of one chapter with these segments: each is the content of a YAML mapping.
    private func write(_ segments: [String], to folder: String) async throws {
        _ = try await BurstBook.write(to: folder, chapters: 1)
        let yaml = try String(contentsOfFile: folder + "/book.yaml", encoding: .utf8)
        let head = yaml[..<(try #require(yaml.range(of: "chapters:"))).lowerBound]
        let rows = segments.map { "      - {\($0)}\n" }.joined()
        try (head + "chapters:\n  - title: Words\n    segments:\n" + rows)
            .write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
    }

    @Test("segments with text only are spoken, kept, and no longer missing, and the job says what it does")
    func isSpoken() async throws {
        try await withDaemon { daemon, folder in
            let lines =
                (1...70).map { "text: \"This is line number \($0).\"" } + ["text: \"* * *\"", "text: \"-v de\""]
            try await write(lines, to: folder + "/book")
            _ = try await daemon.packctl("import", folder + "/book")
            #expect(try await daemon.packctl("create", "bursts").status == 5)
            let created = try await daemon.packctl("--json", "create", "bursts", "--generate-missing", "--watch")
            try #require(created.status == 0, "\(created.errors)")
            #expect(created.output.contains("\"status\":\"generating_audio\""))
            #expect(created.output.contains(/speaking segment \d+ of 72/))
            let readiness = try await daemon.json("readiness", "bursts")
            #expect(readiness["overallReady"] as? Bool == true)
            let package = try await Package.download(of: "bursts", from: daemon, to: folder)
            let metadata = try String(contentsOfFile: package.folder + "/metadata.json", encoding: .utf8)
            #expect(metadata.contains("\"digitalVoice\": true"), "nobody said so but the engine: \(metadata)")
            let length = try await Program.tool(
                "ffprobe",
                ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", package.tracks[0]]
            )
            let seconds = try #require(Double(length.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect((100...250).contains(seconds))
        }
    }

    @Test("an unknown voice fails the job, and the error names the segments")
    func unknownVoice() async throws {
        try await withDaemon { daemon, folder in
            try await write(
                [
                    "text: \"One.\"", "text: \"Two.\", voice: {provider: espeak, name: nobody}",
                    "text: \"Three.\", voice: {provider: espeak, name: nobody}",
                ],
                to: folder + "/book"
            )
            _ = try await daemon.packctl("import", folder + "/book")
            let created = try await daemon.packctl("create", "bursts", "--generate-missing", "--watch")
            #expect(created.status != 0)
            let message =
                "cannot speak chapter 1 \"Words\", segments 2 and 3: espeak-ng has no voice \"nobody\""
            #expect(created.errors.contains(message), "\(created.errors)")
        }
    }

    @Test("a failed job that is queued again once its cause is mended makes its package")
    func retried() async throws {
        try await withDaemon { daemon, folder in
            let lines = ["text: \"One.\"", "text: \"Two.\", voice: {provider: espeak, name: nobody}"]
            try await write(lines, to: folder + "/book")
            _ = try await daemon.packctl("import", folder + "/book")
            let created = try await daemon.json("create", "bursts", "--generate-missing")
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            #expect(try await daemon.packctl("watch", job).status == 1)

            let manifest = try await daemon.json("manifest", "bursts")
            let chapter = try #require((manifest["chapters"] as? [[String: Any]])?.first)
            let segment = try #require((chapter["segments"] as? [[String: Any]])?.last?["id"] as? String)
            try await Program.tool(
                "sox",
                ["-n", "-r", "44100", "-c", "1", folder + "/two.wav", "synth", "1", "sine", "440"]
            )
            let changed = try await daemon.packctl("segment", "bursts", segment, "--audio", folder + "/two.wav")
            try #require(changed.status == 0, "\(changed.errors)")
            let retried = try await daemon.packctl("retry", job)
            try #require(retried.status == 0, "\(retried.errors)")
            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let packages = try await daemon.json("packages", "bursts")
            #expect((packages["packages"] as? [[String: Any]])?.count == 1)
            #expect(try await daemon.json("job", job)["status"] as? String == "completed")
        }
    }

    @Test("a segment whose speech provider the daemon does not have is named, and nothing is started")
    func nothingToSpeak() async throws {
        try await withDaemon { daemon, folder in
            try await write(
                ["text: \"One.\"", "text: \"Two.\", voice: {provider: azure, name: x}"],
                to: folder + "/book"
            )
            _ = try await daemon.packctl("import", folder + "/book")
            let created = try await daemon.packctl("create", "bursts", "--generate-missing")
            #expect(created.status == 5)
            let reason = "audio: chapter 1 \"Words\", segment 2: the daemon has no speech provider \"azure\""
            #expect(created.errors.contains(reason), "\(created.errors)")
        }
    }
}
