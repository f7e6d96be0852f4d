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

    /// Addresses at which no daemon answers, in a folder with these files.
    private static let addresses = [
        "missing.sock", "left.sock", "file", "file/missing.sock", "datagram.sock", String(repeating: "long", count: 30),
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

    @Test("an address at which no daemon answers is told with the cause, and the hint fits the cause")
    func unreachable() async throws {
        try await withFolder(["file": "x"]) { folder in
            let left = try boundSocket(folder + "/left.sock", SOCK_STREAM)
            let datagram = try boundSocket(folder + "/datagram.sock", SOCK_DGRAM)
            defer { for socket in [left, datagram] { close(socket) } }
            var transcript = ""
            for name in Self.addresses {
                let outcome = await packctl("health", "--address", "unix:" + folder + "/" + name)
                Self.expectForm(of: outcome.err, name)
                #expect(outcome.err.contains("hint: "), "\(name)")
                // The length of the folder's path differs from run to run.
                let text = outcome.err.replacing(folder + "/", with: "").replacing(/has \d+ bytes/, with: "has N bytes")
                transcript += "$ packctl health --address unix:\(name)\n\(text)exit \(outcome.status.rawValue)\n\n"
            }
            try expectSnapshot(transcript, "unreachable.txt")
        }
    }

    /// A socket at `path` on which nobody listens.
    private func boundSocket(_ path: String, _ type: __socket_type) throws -> CInt {
        let number = socket(AF_UNIX, CInt(type.rawValue), 0)
        try #require(number >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        return number
    }

    @Test("a daemon that answers and cannot work now is not said to be missing")
    func answersUnavailable() async throws {
        let daemon = ScriptedDaemon {
            $0.failure = PackagingError(.unavailable, "could not use the database", reason: "DATABASE_UNAVAILABLE")
        }
        let outcome = try await daemon.serve { await packctl("create", "dune", "--address", $0) }
        #expect(
            outcome.err == """
                packctl: could not use the database
                hint: The daemon runs, but cannot do this now: "packctl health" tells why.

                """
        )
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
