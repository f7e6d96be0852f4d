import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("packctl segment")
struct SegmentTests {
    @Test("new audio is named, and sent only if the daemon does not have it", arguments: [false, true])
    func audio(_ isThere: Bool) async throws {
        let digest = ScriptedDaemon.sha256(Array("again".utf8))
        let daemon = ScriptedDaemon { if isThere { $0.audio = [digest] } }
        let outcome = try await run(daemon, ["--audio"], file: "again")
        #expect(outcome.status == .done, "\(outcome.err)")
        #expect(outcome.out == "updated segment s1\n")
        #expect(outcome.err.isEmpty)
        #expect(
            daemon[\.changes] == [UpdateSegmentRequest(project: "p", segmentID: "s1", newAudio: .audioSha256(digest))]
        )
        #expect(daemon[\.received] == (isThere ? [] : [digest]))
    }

    @Test("for a new text without audio, the output says that the segment has no audio now, and what to do")
    func text() async throws {
        let daemon = ScriptedDaemon()
        let outcome = try await run(daemon, ["--text", "It was a dark day."])
        #expect(outcome.status == .done)
        #expect(
            daemon[\.changes] == [
                UpdateSegmentRequest(project: "p", segmentID: "s1", newText: .text("It was a dark day."))
            ]
        )
        #expect(outcome.err.contains("packctl create p --generate-missing"), "\(outcome.err)")
    }

    @Test("audio that is refused leaves the segment without audio, names the reason, and exits with 7")
    func refused() async throws {
        let outcome = try await run(ScriptedDaemon(), ["--json", "--audio"], file: "BAD")
        #expect(outcome.status == .partial)
        #expect(outcome.out == "{\"missingAudio\":true,\"revision\":2}\n")
        #expect(
            outcome.err == """
                {"code":"PARTIAL","reason":"","message":"segment \\"s1\\" has no audio: audio ends in the middle of a frame",\
                "hint":"Mend the file and run the command again.","details":[],"exitCode":7}

                """
        )
    }

    @Test("a refused retake leaves the segment as it was, says so, and exits with 7", arguments: [false, true])
    func kept(_ isJSON: Bool) async throws {
        let options = (isJSON ? ["--json"] : []) + ["--audio"]
        let outcome = try await run(ScriptedDaemon { $0.keeping = 1 }, options, file: "BAD")
        #expect(outcome.status == .partial)
        #expect(outcome.out == (isJSON ? "{\"missingAudio\":false,\"revision\":2}\n" : ""))
        let message =
            "segment \"s1\" keeps its earlier audio and text: the new audio was refused: audio ends in the middle of a frame"
        if isJSON {
            #expect(outcome.err.contains(message.replacing("\"", with: "\\\"")))
        } else {
            #expect(outcome.err == "packctl: \(message)\nhint: Mend the file and run the command again.\n")
        }
    }

    @Test(
        "a mistake in the command line of segment is reported before the first call",
        arguments: [
            ([], CommandStatus.usage, "name a new --text, a new --audio, or both"),
            (["--audio", "/nonexistent.wav"], .notFound, "audio file \"/nonexistent.wav\" does not exist"),
            (["--audio", "/"], .usage, "\"/\" is not a file"),
            (["--audio", "/dev/null"], .usage, "\"/dev/null\" is not a file"),
            (["--text", String(repeating: "x", count: 20_001)], .usage, "--text is longer than 20000 bytes"),
        ] as [([String], CommandStatus, String)]
    )
    func checks(_ options: [String], _ status: CommandStatus, _ message: String) async {
        let outcome = await packctl(["segment", "p", "s1", "--address", "/nonexistent/d.sock"] + options)
        #expect(outcome.status == status)
        #expect(outcome.err.hasPrefix("packctl: \(message)\n"), "\(outcome.err)")
    }

    private func run(_ daemon: ScriptedDaemon, _ options: [String], file: String? = nil) async throws -> Outcome {
        try await withFolder(file.map { ["again.wav": $0] } ?? [:]) { folder in
            try await daemon.serve { address in
                let path = file == nil ? [] : [folder + "/again.wav"]
                return await packctl(["segment", "p", "s1", "--address", address] + options + path)
            }
        }
    }
}
