import Crypto
import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import Testing

@Suite("Work that is done again when a book changes")
struct ReuseTests {
    private static let stores = ["apple", "google", "spotify", "acx", "kobo"]

    @Test(
        "a changed sentence encodes one chapter and a new cover none, and the bytes are those of a first package"
    )
    func onlyWhatChanged() async throws {
        try await withFolder { folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 4)
            var packages: [String: String] = [:]
            try await withFreshDaemon(in: folder + "/one") { daemon in
                try await create(book, on: daemon)
                #expect(encodes(daemon) == [3, 3, 3, 3])

                let segment = try await segments(on: daemon)[1][2]
                try await speak(segment, to: book.folder + "/new.wav", on: daemon)
                let told = try await create(on: daemon)
                let steps = told.matches(of: #/encoding chapter (\d+) of (\d+) to/#)
                #expect(!steps.isEmpty && steps.allSatisfy { $0.1 == "2" && $0.2 == "4" }, "\(told)")
                #expect(Array(encodes(daemon).dropFirst(4)) == [3])
                #expect(copies(daemon) == 9, "three chapters in three encodings")
                let second = try await digests(on: daemon, version: 2)

                try await Program.tool(
                    "ffmpeg",
                    [
                        "-loglevel", "error", "-y", "-f", "lavfi", "-i", "color=c=0x803020:s=3000x3000", "-frames:v",
                        "1",
                        book.folder + "/cover.png",
                    ]
                )
                try await replace("Bursts\"", "Bursts\"\nsubtitle: Anew", in: book)
                try useNewAudio(in: book)
                let imported = try await daemon.packctl("import", book.folder)
                try #require(imported.status == 0, "\(imported.errors)")
                let retold = try await create(on: daemon)
                #expect(!retold.contains("encoding chapter") && !retold.contains("fetching segment"), "\(retold)")
                #expect(!retold.contains("\"processing\""))
                #expect(encodes(daemon).count == 5 && copies(daemon) == 9 + 12)
                packages = try await digests(on: daemon, version: 3)
                #expect(packages.count == 5 && Set(packages.values).isDisjoint(with: second.values))
            }
            try await withFreshDaemon(in: folder + "/two") { daemon in
                try await create(book, on: daemon)
                #expect(encodes(daemon) == [3, 3, 3, 3])
                #expect(try await digests(on: daemon, version: 1) == packages)
            }
        }
    }

    @Test("an unchanged book has its package at once, which is validated if that was not done before")
    func unchanged() async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 2)
            try await create(book, ["google", "acx"], on: daemon)
            let before = try await digests(on: daemon, version: 1)

            let created = try await daemon.json("create", "bursts", "--platform", "google", "--platform", "acx")
            #expect(
                created["message"] as? String
                    == "Nothing has changed since the last packages: google version 1, acx version 1"
            )
            #expect(created["existing"] as? Bool == false)
            let jobs = try #require(created["jobIds"] as? [String: String])
            let watched = try await daemon.packctl("--json", "watch", try #require(jobs["google"]))
            let statuses = watched.output.split(separator: "\n").map { line in
                line.firstMatch(of: /"status":"([a-z_]+)"/).map { String($0.1) }
            }
            #expect(statuses == ["queued", "completed"])

            let mixed = try await daemon.json("create", "bursts", "--platform", "google", "--platform", "spotify")
            #expect(
                mixed["message"] as? String
                    == "Packaging jobs created for 1 platform; nothing has changed since google version 1"
            )
            let spotify = try #require((mixed["jobIds"] as? [String: String])?["spotify"])
            #expect(try await daemon.packctl("watch", spotify).status == 0)
            let list = try await packages(on: daemon)
            let google = try #require(list.first { $0["platformId"] as? String == "google" }?["id"] as? String)
            let shared = list.first { $0["platformId"] as? String == "spotify" }?["sameAsPackageId"] as? String
            #expect(shared == google, "the bytes are Google's, and are there")

            let validated = try await daemon.packctl(
                "create",
                "bursts",
                "--platform",
                "google",
                "--validate",
                "--watch"
            )
            #expect(validated.status == 0, "\(validated.errors)")
            let package = try #require(try await packages(on: daemon).first { $0["id"] as? String == google })
            #expect(package["isValidated"] as? Bool == true)
            #expect(try await packages(on: daemon).count == 3)
            #expect(encodes(daemon) == [2, 2] && copies(daemon) == 0)
            #expect(try await digests(on: daemon, version: 1).filter { $0.key != "spotify" } == before)
        }
    }

    @Test("the chapters of a damaged or missing package are encoded again, and the new package is right")
    func damaged() async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 3)
            try await create(book, ["google"], on: daemon)
            let blob = try #require(try blobs(of: daemon).first)
            // The ZIP ends with its directory, which is shorter than 1,000 bytes, so this byte is in the last chapter.
            var bytes = try Data(contentsOf: blob)
            bytes[bytes.count - 5000] ^= 0xFF
            try FileManager.default.removeItem(at: blob)
            try bytes.write(to: blob)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: blob.path)

            try await replace("Chapter 1\n", "The First\n", in: book)
            try await create(book, ["google"], on: daemon)
            #expect(encodes(daemon) == [1, 1, 1, 1] && copies(daemon) == 2)
            #expect(daemon.log.contains("a package is damaged: its chapter is encoded"))
            let second = try await Package.download(of: "bursts", from: daemon, to: folder)
            for (chapter, track) in second.tracks.enumerated() {
                let samples = try await BurstBook.decode(track)
                for start in book.timeline(ofChapter: chapter).starts {
                    #expect(abs(BurstBook.lag(of: samples, at: start)) <= 44)
                }
            }

            for blob in try blobs(of: daemon) { try FileManager.default.removeItem(at: blob) }
            try await replace("The First\n", "Once More\n", in: book)
            try await create(book, ["google"], on: daemon)
            #expect(encodes(daemon).count == 4 + 3)
        }
    }

    @Test("a sentence with new words is spoken anew, and with its old words again the first package is reused")
    func spokenAnew() async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            let yaml = try String(contentsOfFile: book.folder + "/book.yaml", encoding: .utf8)
            let head = yaml[..<(try #require(yaml.range(of: "chapters:"))).lowerBound]
            try
                (head + "chapters:\n  - {title: One, segments: [{text: \"First words.\"}, {text: \"More.\"}]}\n"
                + "  - {title: Two, segments: [{text: \"Other words.\"}]}\n")
                .write(toFile: book.folder + "/book.yaml", atomically: true, encoding: .utf8)
            try await create(book, ["google"], options: ["--generate-missing"], on: daemon)
            let segment = try await segments(on: daemon)[0][0]
            #expect(try await say("First words.", in: segment, on: daemon).missingAudio == false)
            #expect(try await say("Better words.", in: segment, on: daemon).missingAudio)
            #expect(try await daemon.packctl("create", "bursts").status == 5)
            try await create(["google"], options: ["--generate-missing"], on: daemon)
            #expect(try await packages(on: daemon).count == 2 && encodes(daemon).count == 3)

            // The old words have their speech at once, so that nothing is to be spoken.
            #expect(try await !say("First words.", in: segment, on: daemon).missingAudio)
            let told = try await create(["google"], on: daemon)
            let list = try await packages(on: daemon)
            let first = try #require(list.first { $0["version"] as? Int == 1 }?["id"] as? String)
            #expect(told.contains("\"packageId\":\"\(first)\""), "\(told)")
            #expect(list.count == 2 && encodes(daemon).count == 3)
        }
    }

    @Test("a change that cannot be made says why, and names the project, the segment or the field")
    func refusals() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            let imported = try await daemon.packctl("import", book.folder)
            try #require(imported.status == 0, "\(imported.errors)")
            let segment = try await segments(on: daemon)[0][0]
            let stranger = "0b6c0c1e-0000-4000-8000-000000000000"
            try await withClient(of: daemon) { client in
                func refusal(_ request: UpdateSegmentRequest) async -> String {
                    do throws(PackagingError) {
                        return "\(try await client.updateSegment(request))"
                    } catch {
                        return "\(error.code): \(error.message)"
                    }
                }
                func request(
                    _ project: String = "bursts",
                    _ segment: String,
                    _ text: String? = nil,
                    audio: String? = nil
                ) -> UpdateSegmentRequest {
                    UpdateSegmentRequest(
                        project: project,
                        segmentID: segment,
                        newText: text.map { .text($0) },
                        newAudio: audio.map { .audioSha256($0) }
                    )
                }
                #expect(
                    await refusal(request("dune", segment, "A"))
                        == "notFound: project \"dune\" does not exist"
                )
                for unknown in [stranger, "first"] {
                    #expect(
                        await refusal(request("bursts", unknown, "A"))
                            == "notFound: segment \"\(unknown)\" does not exist in project \"bursts\""
                    )
                }
                #expect(
                    await refusal(request("bursts", segment))
                        == "invalidArgument: new_text is missing, and so is new_audio: there is nothing to change"
                )
                #expect(
                    await refusal(request("bursts", segment, " \n"))
                        == "invalidArgument: text is empty, and there is no new audio: the segment would have neither"
                )
                #expect(
                    await refusal(request("bursts", segment, String(repeating: "é", count: 10_001)))
                        == "invalidArgument: text has 20002 bytes, and 20000 are the limit"
                )
                #expect(
                    await refusal(request("bursts", segment, audio: ""))
                        == "invalidArgument: audio_sha256 is empty"
                )
                #expect(
                    await refusal(request("bursts", segment, audio: "abc"))
                        == "invalidArgument: audio_sha256 \"abc\" is not a SHA-256 in hexadecimal"
                )
            }
        }
    }

    // MARK: Steps

    /// Starts a daemon that reports what it encodes, on a new state folder.
    private func withFreshDaemon(in folder: String, _ body: (Daemon) async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--log-level", "debug"])
        do {
            try await body(daemon)
        } catch {
            Issue.record("the daemon's log:\n\(daemon.log)")
            try await daemon.kill()
            throw error
        }
        try await daemon.stop()
    }

    private func withClient(of daemon: Daemon, _ body: (PackagingClient) async throws -> Void) async throws {
        try await PackagingClient.withConnection(to: try PackagingAddress.parse(daemon.address), body)
    }

    private func create(
        _ book: BurstBook,
        _ stores: [String] = stores,
        options: [String] = [],
        on daemon: Daemon
    ) async throws {
        let imported = try await daemon.packctl("import", book.folder)
        try #require(imported.status == 0, "\(imported.errors)")
        try await create(stores, options: options, on: daemon)
    }

    /// Packages the book, and returns the events that a watcher received.
    @discardableResult
    private func create(
        _ stores: [String] = stores,
        options: [String] = [],
        on daemon: Daemon
    ) async throws -> String {
        let platforms = stores.flatMap { ["--platform", $0] }
        let created = try await daemon.packctl(["--json", "create", "bursts", "--watch"] + platforms + options)
        try #require(created.status == 0, "\(created.errors)")
        return created.output
    }

    /// Returns the ids of the book's segments, by chapter.
    private func segments(on daemon: Daemon) async throws -> [[String]] {
        let manifest = try await daemon.json("manifest", "bursts")
        let chapters = try #require(manifest["chapters"] as? [[String: Any]])
        return try chapters.map { chapter in
            try #require(chapter["segments"] as? [[String: Any]]).map { try #require($0["id"] as? String) }
        }
    }

    /// Gives a segment new words.
    private func say(_ text: String, in segment: String, on daemon: Daemon) async throws -> UpdateSegmentReply {
        try await PackagingClient.withConnection(to: try PackagingAddress.parse(daemon.address)) { client in
            try await client.updateSegment(
                UpdateSegmentRequest(project: "bursts", segmentID: segment, newText: .text(text))
            )
        }
    }

    /// Gives a segment new audio, which is left at `path`.
    private func speak(_ segment: String, to path: String, on daemon: Daemon) async throws {
        try await Program.tool(
            "sox",
            ["-n", "-r", "44100", "-b", "16", "-c", "1", path, "synth", "0.9", "sine", "330"]
        )
        let audio = try Data(contentsOf: URL(fileURLWithPath: path))
        let digest = SHA256.hash(data: audio).map { String(format: "%02x", $0) }.joined()
        try await withClient(of: daemon) { client in
            let reply = try await client.updateSegment(
                UpdateSegmentRequest(project: "bursts", segmentID: segment, newAudio: .audioSha256(digest))
            )
            #expect(reply.missingAudio)
            let header = PutAudioHeader(project: "bursts", sha256: digest, sizeBytes: Int64(audio.count))
            let sent = try await client.putAudio(Upload(header, path: path))
            #expect(sent.segments == 1)
        }
    }

    /// Makes the book folder say what ``speak(_:to:on:)`` did to the third segment of the second chapter.
    private func useNewAudio(in book: BurstBook) throws {
        let file = URL(fileURLWithPath: book.folder + "/book.yaml")
        let yaml = try String(contentsOf: file, encoding: .utf8)
        let old = try #require(yaml.firstMatch(of: /c2-s3-[^}]*/)).output
        try yaml.replacingOccurrences(of: old, with: "new.wav").write(to: file, atomically: true, encoding: .utf8)
    }

    private func replace(_ old: String, _ new: String, in book: BurstBook) async throws {
        let file = URL(fileURLWithPath: book.folder + "/book.yaml")
        let yaml = try String(contentsOf: file, encoding: .utf8)
        try #require(yaml.contains(old))
        try yaml.replacingOccurrences(of: old, with: new).write(to: file, atomically: true, encoding: .utf8)
    }

    // MARK: Facts

    /// For each render, in order, the number of encodings that a worker made of it.
    private func encodes(_ daemon: Daemon) -> [Int] {
        daemon.log.split(separator: "\n").filter { $0.contains(" debug packagingd: rendered ") }
            .compactMap { $0.firstMatch(of: /encodes=(\d+)/).flatMap { Int($0.1) } }
    }

    /// The number of encodings that were copied from packages.
    private func copies(_ daemon: Daemon) -> Int {
        daemon.log.split(separator: "\n").count { $0.contains(" debug packagingd: copied a chapter") }
    }

    private func packages(on daemon: Daemon) async throws -> [[String: Any]] {
        try #require(try await daemon.json("packages", "bursts")["packages"] as? [[String: Any]])
    }

    /// The digest of each platform's package of this version.
    private func digests(on daemon: Daemon, version: Int) async throws -> [String: String] {
        var digests: [String: String] = [:]
        for package in try await packages(on: daemon) where package["version"] as? Int == version {
            digests[try #require(package["platformId"] as? String)] = package["sha256"] as? String
        }
        return digests
    }

    /// The files of the packages that are kept for a day.
    private func blobs(of daemon: Daemon) throws -> [URL] {
        let container = daemon.state + "/blobs/containers/t-00000000-0000-4000-8000-000000000001-temp"
        let files = FileManager.default.enumerator(
            at: URL(fileURLWithPath: container),
            includingPropertiesForKeys: [.isRegularFileKey]
        )
        return try #require(files).compactMap { $0 as? URL }.filter {
            (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
        }
    }
}
