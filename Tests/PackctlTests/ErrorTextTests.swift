import Foundation
import PackagingClient
import PackagingMessages
import Testing

import struct Model.PackagingError

@testable import PackctlCommands

@Suite("Messages about errors")
struct ErrorTextTests {
    private static let id = "11111111-1111-4111-8111-111111111111"

    /// Command lines that end before the first call: no daemon listens at the address.
    private static let beforeTheFirstCall = [
        "nope", "packges p", "jobs", "jobs p --nope", "watch j --after x", "watch j --after=-1", "download",
        "download p --all q",
        "create p --platform googel", "create p --platform amazon", "rules spotfy", "archive \(id) --retention-days 6",
        "archive \(id) --retention-days 91", "segment p s", "segment p s --audio missing.wav",
        "segment p s --audio folder",
        "inspect book.zip", "inspect book.zip --platform gogle", "inspect missing.zip --platform acx",
        "inspect empty.zip --platform acx", "import missing", "import folder", "health --token-file missing",
        "health --token-file empty.zip", "health --address nowhere", "health",
    ]

    @Test("a mistake that is visible before the first call is reported then, in recorded words and with its exit code")
    func beforeFirstCall() async throws {
        try await withFolder(["book.zip": "x", "empty.zip": "", "folder/book.yaml": "titel: A"]) { folder in
            var transcript = ""
            for line in Self.beforeTheFirstCall {
                let words = line.split(separator: " ").map { word in
                    let isPath = ["missing", "missing.wav", "missing.zip", "folder", "empty.zip", "book.zip"].contains(
                        String(word)
                    )
                    return isPath ? folder + "/" + word : String(word)
                }
                let address = line.contains("--address") ? [] : ["--address", "/nonexistent/d.sock"]
                let outcome = await packctl(words + address)
                Self.expectForm(of: outcome.err, line)
                #expect(line == "health" ? outcome.status == .unreachable : outcome.status != .unreachable, "\(line)")
                transcript += "$ packctl \(line)\n" + outcome.out + outcome.err.replacing(folder + "/", with: "")
                transcript += "exit \(outcome.status.rawValue)\n\n"
            }
            try expectSnapshot(transcript, "errors.txt")
        }
    }

    @Test("an error from the daemon is printed in up to three lines: message, detail, hint")
    func fromDaemon() async throws {
        let daemon = ScriptedDaemon {
            $0.failure = PackagingError(
                .failedPrecondition,
                "could not start packaging project \"dune\": 4 of 12 chapters have no audio",
                detail: "Chapters 3, 7, 8 and 11 lack 70 of 450 segments.",
                hint: "Run again with --generate-missing."
            )
        }
        let outcome = try await daemon.serve { await packctl("create", "dune", "--address", $0) }
        #expect(outcome.status == .notReady)
        #expect(
            outcome.err == """
                packctl: could not start packaging project "dune": 4 of 12 chapters have no audio
                detail: Chapters 3, 7, 8 and 11 lack 70 of 450 segments.
                hint: Run again with --generate-missing.

                """
        )
    }

    /// Expects messages in the form that all our messages have: the program's name, lower case, no full stop. Sentences
    /// follow on lines below.
    static func expectForm(of errors: String, _ command: String) {
        for line in errors.split(separator: "\n") {
            if line.hasPrefix("detail: ") || line.hasPrefix("hint: ") {
                let isUsage = line.hasPrefix("hint: Usage: ")
                #expect(isUsage || line.last.map { ".?".contains($0) } == true, "\(command): \(line)")
            } else {
                #expect(line.hasPrefix("packctl: "), "\(command): \(line)")
                #expect(line.last != ".", "\(command): \(line)")
                #expect(line.dropFirst("packctl: ".count).first?.isUppercase == false, "\(command): \(line)")
            }
        }
        #expect(errors.hasPrefix("packctl: "), "\(command): \(errors)")
    }
}
