import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import Testing

import struct Crypto.SHA256

@Suite("Validate")
struct ValidateTests {
    @Test("five packages made with --validate are listed as valid, and say what they measure")
    func validateAfterCreation() async throws {
        try await withDaemon { daemon, folder in
            try await Self.writeBook(to: folder + "/book", amplitude: "0.17")
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            let created = try await daemon.packctl("create", "tones", "--validate", "--watch")
            try #require(created.status == 0, "\(created.errors)")

            let packages = try await Self.packages(of: daemon)
            #expect(Set(packages.keys) == ["apple", "google", "spotify", "acx", "kobo"])
            for (platform, package) in packages {
                #expect(package["isValidated"] as? Bool == true, "\(platform)")
                let id = try #require(package["id"] as? String)
                let report = try await daemon.json("validate", id)
                #expect(report["valid"] as? Bool == true, "\(platform): \(report)")
                #expect(package["validationPassed"] as? Bool == true, "\(platform)")
                let specs = try #require(report["specs"] as? [String: Any])
                #expect(
                    Set(specs.keys) == [
                        "fileSizeMB", "totalDurationSeconds", "audioCodec", "bitrate", "sampleRate", "channels",
                        "peakLevel", "averageRMS", "noiseFloor",
                    ]
                )
                #expect(specs["sampleRate"] as? Int == 44_100)
                #expect(specs["channels"] as? Int == 1)
                let messages = (report["issues"] as? [[String: Any]])?.compactMap { $0["message"] as? String } ?? []
                #expect(messages.contains("ISBN not provided"), "\(platform)")
                #expect(messages.contains("Meets the file spec, not eligible") == (platform == "acx"))
            }
        }
    }

    @Test(
        "a package that lost a byte, or breaks a level, is not valid: exit code 5, shown in the list, its job completed"
    )
    func invalid() async throws {
        try await withDaemon { daemon, folder in
            try await Self.writeBook(to: folder + "/book", amplitude: "0.9", more: "mastering: off\n")
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            let created = try await daemon.packctl(
                "create",
                "tones",
                "--platform",
                "acx",
                "--platform",
                "google",
                "--validate",
                "--watch"
            )
            try #require(created.status == 0, "\(created.errors)")
            let packages = try await Self.packages(of: daemon)
            #expect(packages["acx"]?["validationPassed"] as? Bool == false)
            #expect(packages["google"]?["validationPassed"] as? Bool == true)

            let acx = try await daemon.packctl("validate", try #require(packages["acx"]?["id"] as? String))
            #expect(acx.status == 5)
            #expect(acx.output.contains("error: Peak level too high for ACX requirements (chapters 1, 2)"))
            #expect(acx.output.contains("required: -3 dB or lower"))

            let google = try #require(packages["google"]?["id"] as? String)
            let digest = try #require(packages["google"]?["sha256"] as? String)
            try Self.damageBlob(below: folder + "/state", sha256: digest)
            let damaged = try await daemon.packctl("validate", google)
            #expect(damaged.status == 5)
            #expect(damaged.output.contains("does not match its checksum"), "\(damaged.output)")
            #expect(damaged.output.contains("The bytes are not those that were packaged"))
            #expect(try await Self.packages(of: daemon)["google"]?["validationPassed"] as? Bool == false)
            #expect(try await daemon.packctl("validate", UUID().uuidString.lowercased()).status == 3)
        }
    }

    @Test("a foreign file is judged as a package is, and a file that ends early is refused")
    func inspect() async throws {
        try await withDaemon { daemon, folder in
            try await Self.writeBook(to: folder + "/book", amplitude: "0.17")
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            try #require(try await daemon.packctl("create", "tones", "--platform", "google", "--watch").status == 0)
            let id = try #require(try await Self.packages(of: daemon)["google"]?["id"] as? String)
            try #require(try await daemon.packctl("download", id, "-o", folder + "/foreign.zip").status == 0)
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/foreign.zip")))

            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                func inspect(
                    as platform: String,
                    _ bytes: ArraySlice<UInt8>
                ) async throws -> PackagingMessages.ValidationReport {
                    let header = InspectHeader(platformID: platform, sizeBytes: Int64(file.count))
                    return try await client.inspect { writer throws(PackagingError) in
                        try await writer.write(InspectRequest(item: .header(header)))
                        for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
                            let piece = Array(bytes[start..<min(start + 1 << 20, bytes.count)])
                            try await writer.write(InspectRequest(item: .data(piece)))
                        }
                    }
                }
                #expect(try await inspect(as: "google", file[...]).valid)
                // ACX asks for 192k or more and the right levels: this has both. Apple asks for another kind of file.
                #expect(try await inspect(as: "acx", file[...]).valid)
                let apple = try await inspect(as: "apple", file[...])
                #expect(apple.issues.map(\.message) == ["The package cannot be read as Apple Books takes it"])
                await #expect(throws: PackagingError.self) { try await inspect(as: "google", file.dropLast(5)) }
            }
        }
    }

    private static func packages(of daemon: Daemon) async throws -> [String: [String: Any]] {
        let list = try await daemon.json("packages", "tones")
        let packages = try #require(list["packages"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: packages.map { ($0["platformId"] as? String ?? "", $0) })
    }

    /// Two chapters of a tone in noise, narrated by a machine.
    private static func writeBook(to folder: String, amplitude: String, more: String = "") async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let quiet = ["-hide_banner", "-loglevel", "error", "-y"]
        try await Program.tool(
            "ffmpeg",
            quiet + ["-f", "lavfi", "-i", "color=teal:size=3000x3000", "-frames:v", "1", folder + "/cover.jpg"]
        )
        var yaml = """
            title: Tones
            authors: [A. Tester]
            narrators: [A Tone Generator]
            language: en
            digital_voice: true
            cover: cover.jpg
            \(more)chapters:

            """
        for chapter in 1...2 {
            let name = "\(chapter).wav"
            let tone = "aevalsrc=\(amplitude)*sin(2764.6*t)+0.0003*(random(0)*2-1):s=44100:d=6"
            try await Program.tool("ffmpeg", quiet + ["-f", "lavfi", "-i", tone, folder + "/" + name])
            yaml += "  - title: Chapter \(chapter)\n    segments:\n      - {text: \"A tone.\", audio: \(name)}\n"
        }
        try yaml.write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
    }

    /// Changes one byte of sound in the blob that hashes to `sha256`.
    private static func damageBlob(below state: String, sha256: String) throws {
        let root = URL(fileURLWithPath: state + "/blobs")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.path.contains("-temp/") {
            guard var bytes = try? Data(contentsOf: file) else { continue }
            let hash = SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            guard hash == sha256 else { continue }
            bytes[bytes.count - 20_000] ^= 0x40
            try bytes.write(to: file)
            return
        }
        Issue.record("no blob has the package's hash")
    }
}
