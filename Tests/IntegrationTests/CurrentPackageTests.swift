import Foundation
import Testing

@Suite("The current packages of a project")
struct CurrentPackageTests {
    @Test("what was changed and changed back is downloaded as it is, and nothing else stands in for a deleted package")
    func changedBack() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", book.folder).status == 0)
            try await create(["acx", "google"], on: daemon)
            let out = folder + "/out"
            let first = try await downloadAll(from: daemon, to: out)
            #expect(first == ["\(out)/acx.zip", "\(out)/google.zip"].map { [$0] })
            let original = try await daemon.packages()
            #expect(original.map(\.line) == ["acx 1 current", "google 1 current"])

            let old = try #require(
                try FileManager.default.contentsOfDirectory(atPath: book.folder).first { $0.hasPrefix("c1-s3-") }
            )
            let new = folder + "/retake.wav"
            try await Program.tool(
                "sox",
                ["-n", "-r", "44100", "-b", "16", "-c", "1", new, "synth", "0.9", "sine", "330"]
            )
            let segment = try await thirdSegment(on: daemon)
            try await change(segment, new, on: daemon)
            try await create(["google"], on: daemon)
            #expect(try await daemon.packages().map(\.line) == ["acx 1 current", "google 1", "google 2 current"])
            let second = try await downloadAll(from: daemon, to: out)
            #expect(second == [["\(out)/acx.zip", "already there"], ["\(out)/google.zip"]])

            try await change(segment, book.folder + "/" + old, on: daemon)
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            #expect(created["message"] as? String == "Nothing has changed since the last packages: google version 1")
            #expect(try await daemon.packages().map(\.line) == ["acx 1 current", "google 1 current", "google 2"])
            let table = try await daemon.packctl("packages", "bursts").output.split(separator: "\n")
            #expect(
                table.prefix(4).map { $0.split(separator: " ")[0...2].joined(separator: " ") }.sorted()
                    == ["PLATFORM VER CURRENT", "acx 1 yes", "google 1 yes", "google 2 -"]
            )
            #expect(
                try await downloadAll(from: daemon, to: out) == [
                    ["\(out)/acx.zip", "already there"], ["\(out)/google.zip"],
                ]
            )
            #expect(try await sha256(out + "/google.zip") == original[1].sha256)

            try #require(try await daemon.packctl("delete", original[1].id).status == 0)
            let fresh = folder + "/fresh"
            let partial = try await daemon.packctl("download", "--all", "bursts", "-o", fresh)
            #expect(partial.status == 7)
            #expect(
                partial.errors.hasPrefix("packctl: project \"bursts\" has packages of google, but no current one\n")
            )
            #expect(partial.errors.hasSuffix("hint: Make it with \"packctl create bursts --platform google\".\n"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: fresh) == ["acx.zip"])
            try #require(try await daemon.packctl("delete", original[0].id).status == 0)
            let none = try await daemon.packctl("download", "--all", "bursts", "-o", fresh)
            #expect(none.status == 3 && none.output.isEmpty, "\(none.errors)")

            try await create(["google"], on: daemon)
            #expect(try await daemon.packages().map(\.line) == ["google 2", "google 3 current"])
            _ = try await downloadAll(from: daemon, to: fresh)
            #expect(try await sha256(fresh + "/google.zip") == original[1].sha256)
        }
    }

    @Test(
        "downloads of all packages go on after packctl was killed and while the daemon is killed, and fetch nothing twice"
    )
    func interrupted() async throws {
        try await withFolder { folder in
            let state = folder + "/state"
            var daemon = try await Daemon.start(state: state)
            let book = try await BurstBook.write(to: folder + "/book", chapters: 5)
            try #require(try await daemon.packctl("import", book.folder).status == 0)
            try await create(["acx", "google"], on: daemon)
            let google = try #require(try await daemon.packages().last)
            let out = folder + "/out"
            let part = out + "/.\(google.id).part"

            // Of the connections, the first lists the packages, and each package has one. Google's gets one half.
            let first = try await HalfRelay.start(
                to: daemon.address,
                at: folder + "/first.sock",
                bytes: google.bytes / 2,
                ofConnection: 3
            )
            let killed = try await Running.start(
                Program.built("packctl"),
                ["--address", first.address, "download", "--all", "bursts", "-o", out]
            )
            try await within(.seconds(120), "a part of Google's package") {
                while Self.size(of: part) < google.bytes / 4 { try await Task.sleep(for: .milliseconds(20)) }
            }
            killed.signal(SIGKILL)
            #expect(try await killed.outcome().status == -SIGKILL)
            #expect(killed.output.hasPrefix("\(out)/acx.zip  ") && !killed.output.contains("google"))
            withExtendedLifetime(first) {}
            let half = Self.size(of: part)

            // Less than what is there comes over the second connection. So the part grows only if it is taken up.
            let second = try await HalfRelay.start(
                to: daemon.address,
                at: folder + "/second.sock",
                bytes: (google.bytes - half) * 2 / 3,
                ofConnection: 2
            )
            let resumed = try await Running.start(
                Program.built("packctl"),
                ["--address", second.address, "download", "--all", "bursts", "-o", out]
            )
            try await within(.seconds(120), "more of Google's package") {
                while Self.size(of: part) <= half { try await Task.sleep(for: .milliseconds(20)) }
            }
            try await daemon.kill()
            try await within(.seconds(120), "the word of the loss") {
                while !resumed.errors.contains("lost the daemon") { try await Task.sleep(for: .milliseconds(20)) }
            }
            daemon = try await Daemon.start(state: state)
            let outcome = try await resumed.outcome()
            withExtendedLifetime(second) {}
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("\(out)/acx.zip  "))
            #expect(outcome.output.split(separator: "\n").first?.hasSuffix("  already there") == true)
            #expect(try await sha256(out + "/google.zip") == google.sha256)
            #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == ["acx.zip", "google.zip"])

            // A file that was cut short is fetched again; the whole one is not.
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: out + "/google.zip"))
            try handle.truncate(atOffset: UInt64(google.bytes / 2))
            try handle.close()
            #expect(
                try await downloadAll(from: daemon, to: out) == [
                    ["\(out)/acx.zip", "already there"], ["\(out)/google.zip"],
                ]
            )
            #expect(try await sha256(out + "/google.zip") == google.sha256)
            try await daemon.stop()
        }
    }

    // MARK: Steps

    private func create(_ platforms: [String], on daemon: Daemon) async throws {
        let created = try await daemon.packctl(
            ["create", "bursts", "--watch"] + platforms.flatMap { ["--platform", $0] }
        )
        try #require(created.status == 0, "\(created.errors)")
    }

    /// Downloads all current packages, and returns what is said about each, without the sizes.
    private func downloadAll(from daemon: Daemon, to folder: String) async throws -> [[String]] {
        let outcome = try await daemon.packctl("download", "--all", "bursts", "-o", folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map { line in
            var words = line.components(separatedBy: "  ")
            words.remove(at: 1)
            return words
        }
    }

    private func thirdSegment(on daemon: Daemon) async throws -> String {
        let chapters = try #require(try await daemon.json("manifest", "bursts")["chapters"] as? [[String: Any]])
        let segments = try #require(chapters[0]["segments"] as? [[String: Any]])
        return try #require(segments[2]["id"] as? String)
    }

    private func change(_ segment: String, _ audio: String, on daemon: Daemon) async throws {
        let changed = try await daemon.packctl("segment", "bursts", segment, "--audio", audio)
        try #require(changed.status == 0, "\(changed.errors)")
    }

    private func sha256(_ file: String) async throws -> String {
        String(try await Program.tool("sha256sum", [file]).prefix(64))
    }

    private static func size(of file: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    }
}

/// What the list of packages tells about one.
private struct Listed {
    var id: String
    var sha256: String
    var bytes: Int
    /// Platform, version, and whether it is current.
    var line: String
}

extension Daemon {
    /// The packages of the book, by platform and version.
    fileprivate func packages() async throws -> [Listed] {
        let list = try #require(try await json("packages", "bursts")["packages"] as? [[String: Any]])
        return try list.map { package in
            let platform = try #require(package["platformId"] as? String)
            let version = try #require(package["version"] as? Int)
            return Listed(
                id: try #require(package["id"] as? String),
                sha256: try #require(package["sha256"] as? String),
                bytes: try #require(package["fileSizeBytes"] as? Int),
                line: "\(platform) \(version)" + (package["current"] as? Bool == true ? " current" : "")
            )
        }.sorted { $0.line < $1.line }
    }
}
