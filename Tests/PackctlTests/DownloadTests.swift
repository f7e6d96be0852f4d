import Foundation
import PackagingClient
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("packctl download")
struct DownloadTests {
    private let bytes = (0..<10_500).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    @Test("a download that is cut off continues where it broke, and the file is whole")
    func resumes() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.downloadBreaks = [3000, 7500]
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "k1", "-o", folder + "/a.zip", "--address", $0)
            }
            #expect(outcome.status == .done, "\(outcome.err)")
            #expect(outcome.out == "\(folder)/a.zip  10 kB\n")
            #expect(daemon[\.downloadedFrom] == [0, 4000, 8000])
            let lost = "packctl: lost the daemon (this daemon is stopping); trying again\n"
            #expect(outcome.err == lost + lost)
            #expect(FileManager.default.contents(atPath: folder + "/a.zip") == Data(bytes))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.zip"])
        }
    }

    @Test("bytes that an earlier download left are not requested again")
    func takesUpEarlierTry() async throws {
        let daemon = ScriptedDaemon { $0.bytes = bytes }
        try await withFolder { folder in
            try Data(bytes.prefix(2345)).write(to: URL(fileURLWithPath: folder + "/.k1.part"))
            let outcome = try await daemon.serve {
                await packctl("download", "k1", "-o", folder + "/a.zip", "--address", $0)
            }
            #expect(outcome.status == .done)
            #expect(daemon[\.downloadedFrom] == [2345])
            #expect(FileManager.default.contents(atPath: folder + "/a.zip") == Data(bytes))
        }
    }

    @Test("remains with other bytes are discarded, and everything is fetched anew", arguments: [2345, 20_000])
    func wrongRemains(_ count: Int) async throws {
        let daemon = ScriptedDaemon { $0.bytes = bytes }
        try await withFolder { folder in
            try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: folder + "/.k1.part"))
            let outcome = try await daemon.serve {
                await packctl("download", "k1", "-o", folder + "/a.zip", "--address", $0)
            }
            #expect(outcome.status == .done, "\(outcome.err)")
            #expect(FileManager.default.contents(atPath: folder + "/a.zip") == Data(bytes))
        }
    }

    @Test("bytes whose digest is not the package's never get the file's name")
    func wrongDigest() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.claimedDigest = String(repeating: "0", count: 64)
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "k1", "-o", folder + "/a.zip", "--address", $0)
            }
            #expect(outcome.status == .failed)
            #expect(
                outcome.err
                    == "packctl: could not download package \"k1\": the bytes do not have the package's SHA-256\n"
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("a file name that the daemon proposes cannot lead to another folder")
    func unsafeName() async throws {
        let daemon = ScriptedDaemon { $0.bytes = bytes }
        try await withFolder { folder in
            let outcome = try await daemon.serve { await packctl("download", "k1", "-o", folder, "--address", $0) }
            #expect(outcome.out == "\(folder)/-the book.zip  10 kB\n")
        }
    }

    @Test("--all downloads the newest package of each platform and names it after the platform")
    func all() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = [
                Package(id: "k3", platformID: "google", format: "zip_mp3", version: 2),
                Package(id: "k2", platformID: "apple", format: "m4b", version: 1),
                Package(id: "k1", platformID: "google", format: "zip_mp3", version: 1),
            ]
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder + "/new/folder", "--address", $0, "--json")
            }
            #expect(outcome.status == .done)
            let lines = outcome.out.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(
                lines[0] == """
                    {"packageId":"k2","file":"\(folder)/new/folder/apple.m4b","sizeBytes":10500,\
                    "sha256":"\(ScriptedDaemon.sha256(bytes))"}
                    """
            )
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/new/folder")
            #expect(files.sorted() == ["apple.m4b", "google.zip"])
        }
    }
}
