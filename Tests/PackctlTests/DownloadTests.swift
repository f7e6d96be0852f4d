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
            let back = "packctl: the daemon is back\n"
            #expect(outcome.err == lost + back + lost + back)
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

    // MARK: --all

    /// The two versions of Google's package, of which the first is current, and one of Apple's.
    private func packages(apple: Bool = true) -> [Package] {
        func package(_ id: String, _ platform: String, _ format: String, _ version: Int32, _ current: Bool) -> Package {
            Package(
                id: id,
                platformID: platform,
                format: format,
                version: version,
                fileSizeBytes: Int64(bytes.count),
                sha256: ScriptedDaemon.sha256(bytes),
                current: current
            )
        }
        return [
            package("k3", "google", "zip_mp3", 2, false), package("k2", "apple", "m4b", 1, apple),
            package("k1", "google", "zip_mp3", 1, true),
        ]
    }

    @Test(
        "--all downloads the current package of each platform, which is not the newest, and names it after the platform"
    )
    func all() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = packages()
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder + "/new/folder", "--address", $0, "--json")
            }
            #expect(outcome.status == .done, "\(outcome.err)")
            let lines = outcome.out.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(
                lines[0] == """
                    {"packageId":"k2","file":"\(folder)/new/folder/apple.m4b","sizeBytes":10500,\
                    "sha256":"\(ScriptedDaemon.sha256(bytes))","alreadyThere":false}
                    """
            )
            #expect(daemon[\.downloaded] == ["k2", "k1"])
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/new/folder")
            #expect(files.sorted() == ["apple.m4b", "google.zip"])
        }
    }

    @Test("a repeated --all fetches nothing that is there whole, and fetches again what has other bytes")
    func repeated() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = packages()
        }
        try await withFolder { folder in
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/google.zip"))
            // It has the right size.
            try Data(repeating: 1, count: bytes.count).write(to: URL(fileURLWithPath: folder + "/apple.m4b"))
            let outcome = try await daemon.serve { address in
                let first = await packctl("download", "--all", "p", "-o", folder, "--address", address)
                let second = await packctl("download", "--all", "p", "-o", folder, "--address", address, "--json")
                return (first, second)
            }
            #expect(outcome.0.status == .done && outcome.1.status == .done)
            #expect(outcome.0.out == "\(folder)/apple.m4b  10 kB\n\(folder)/google.zip  10 kB  already there\n")
            #expect(outcome.1.out.components(separatedBy: "\"alreadyThere\":true").count == 3, "\(outcome.1.out)")
            #expect(daemon[\.downloaded] == ["k2"])
            #expect(FileManager.default.contents(atPath: folder + "/apple.m4b") == Data(bytes))
        }
    }

    @Test("--all takes up what an interrupted one left of a package")
    func takesUpAll() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = packages()
            $0.downloadBreaks = [.max, 7500]
        }
        try await withFolder { folder in
            try Data(bytes.prefix(2345)).write(to: URL(fileURLWithPath: folder + "/.k1.part"))
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder, "--address", $0)
            }
            #expect(outcome.status == .done, "\(outcome.err)")
            #expect(daemon[\.downloadedFrom] == [0, 2345, 8345])
            #expect(FileManager.default.contents(atPath: folder + "/google.zip") == Data(bytes))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files.sorted() == ["apple.m4b", "google.zip"])
        }
    }

    @Test("a daemon that is away between two packages of --all is waited for")
    func awayBetween() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = packages()
            $0.downloadFailures = ["k1": [PackagingError(.unavailable, "this daemon is stopping")]]
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder, "--address", $0)
            }
            #expect(outcome.status == .done, "\(outcome.err)")
            #expect(
                outcome.err
                    == "packctl: lost the daemon (this daemon is stopping); trying again\npackctl: the daemon is back\n"
            )
            #expect(daemon[\.downloaded] == ["k2", "k1", "k1"])
        }
    }

    @Test("a package that cannot be downloaded does not stop the others, and the exit code tells")
    func oneFails() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = packages()
            $0.downloadFailures = ["k2": [PackagingError(.notFound, "package \"k2\" does not exist any more")]]
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder, "--address", $0)
            }
            #expect(outcome.status == .partial)
            #expect(outcome.err == "packctl: apple: package \"k2\" does not exist any more\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["google.zip"])
        }
    }

    @Test("a platform whose current package is gone gets no other version, and is named with what to do")
    func noCurrent() async throws {
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.packages = packages(apple: false)
        }
        try await withFolder { folder in
            let outcome = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder, "--address", $0)
            }
            #expect(outcome.status == .partial)
            #expect(
                outcome.err == """
                    packctl: project "p" has packages of apple, but no current one
                    detail: The current one was deleted or has expired, and another version may have other content.
                    hint: Make it with "packctl create p --platform apple".

                    """
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["google.zip"])

            daemon.change { $0.packages.removeLast() }
            let none = try await daemon.serve { await packctl("download", "--all", "p", "-o", folder, "--address", $0) }
            #expect(none.status == .notFound)
            #expect(none.err.contains("packages of apple and google, but no current one"), "\(none.err)")
            daemon.change { $0.packages = [] }
            let empty = try await daemon.serve {
                await packctl("download", "--all", "p", "-o", folder, "--address", $0)
            }
            #expect(empty.status == .notFound && empty.err == "packctl: project \"p\" has no packages\n")
        }
    }
}
