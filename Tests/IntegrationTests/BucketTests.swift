import Crypto
import Foundation
import TestSupport
import Testing

@Suite("A daemon whose blobs are in a bucket", .timeLimit(.minutes(10)))
struct BucketTests {
    /// A bucket of OpenStack Swift, under a prefix of its own.
    private struct Bucket {
        let server: CloudServers.S3
        let prefix = "it-\(UUID().uuidString.lowercased())"

        /// What is read there with Amazon's own client.
        struct Content: Decodable {
            struct Link: Decodable {
                let sha256, type, disposition: String
            }
            /// SHA-256 by key.
            let objects: [String: String]
            /// The number of uploads under way.
            let uploads: Int
            let link: Link?
        }

        var arguments: [String] {
            ["--blob-url", "s3://\(server.bucket)/\(prefix)", "--blob-endpoint", server.endpoint]
        }

        var environment: [String: String] {
            ["AWS_ACCESS_KEY_ID": server.id, "AWS_SECRET_ACCESS_KEY": server.secret]
        }

        func content(link: String? = nil) throws -> Content {
            let arguments =
                [server.endpoint, server.id, server.secret, server.bucket, prefix] + (link.map { [$0] } ?? [])
            return try JSONDecoder().decode(Content.self, from: CloudServers.python("read_bucket.py", arguments))
        }
    }

    private func sha256(_ path: String) throws -> String {
        SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path))).map { String(format: "%02x", $0) }.joined()
    }

    /// Makes packages for Apple Books and Google Play of one book. Returns the SHA-256 of each that was downloaded.
    private func make(_ daemon: Daemon, _ book: String, to folder: String) async throws -> [String: String] {
        let imported = try await daemon.packctl("import", book)
        try #require(imported.status == 0, "\(imported.errors)")
        let created = try await daemon.packctl(
            "create",
            "bursts",
            "--platform",
            "apple",
            "--platform",
            "google",
            "--validate",
            "--watch"
        )
        try #require(created.status == 0, "\(created.output)\(created.errors)")
        let downloaded = try await daemon.packctl("download", "--all", "bursts", "-o", folder)
        try #require(downloaded.status == 0, "\(downloaded.errors)")
        return ["apple": try sha256(folder + "/apple.m4b"), "google": try sha256(folder + "/google.zip")]
    }

    @Test("makes the same packages as one with a folder; Amazon's client reads them, and links give them to anybody")
    func wholeLine() async throws {
        let bucket = Bucket(server: try await CloudServers.shared.s3("swift"))
        try await withFolder { folder in
            _ = try await BurstBook.write(to: folder + "/book", chapters: 2)
            let plain = try await Daemon.start(state: folder + "/plain")
            let expected = try await make(plain, folder + "/book", to: folder + "/expected")
            try await plain.stop()

            let daemon = try await Daemon.start(
                state: folder + "/state",
                arguments: bucket.arguments,
                environment: bucket.environment
            )
            let made = try await make(daemon, folder + "/book", to: folder + "/made")
            #expect(made == expected)
            #expect(!FileManager.default.fileExists(atPath: folder + "/state/blobs"))

            let list = try #require(try await daemon.json("packages", "bursts")["packages"] as? [[String: Any]])
            let google = try #require(list.first { $0["platformId"] as? String == "google" }?["id"] as? String)
            let link = try #require(try await daemon.json("link", google)["url"] as? String)
            var content = try bucket.content(link: link)
            #expect(content.uploads == 0)
            let packages = content.objects.filter { $0.key.contains("-temp/") }
            #expect(Set(packages.values) == Set(expected.values))
            // Two chapters of ten, of which some are alike.
            #expect((11...20).contains(content.objects.filter { $0.key.contains("-audio/segments/") }.count))
            #expect(content.link?.sha256 == expected["google"] && content.link?.type == "application/zip")
            #expect(content.link?.disposition.hasPrefix("attachment; filename=\"") == true)

            let archived = try await daemon.packctl("archive", google, "--retention-days", "7")
            try #require(archived.status == 0, "\(archived.errors)")
            content = try bucket.content()
            #expect(content.objects.first { $0.key.contains("-archive/") }?.value == expected["google"])
            let deleted = try await daemon.packctl("delete", google)
            try #require(deleted.status == 0, "\(deleted.errors)")
            try await within(.seconds(120), "the removal of a deleted package") {
                while try bucket.content().objects.contains(where: { $0.key.contains("-archive/") }) {
                    try await Task.sleep(for: .milliseconds(500))
                }
            }
            try await daemon.stop()
            #expect(!daemon.log.contains(bucket.server.secret) && !daemon.log.contains("X-Amz-Signature"))
        }
    }

    @Test("the doctor writes, reads, links and deletes there, and names what is wrong without a secret")
    func doctor() async throws {
        let bucket = Bucket(server: try await CloudServers.shared.s3("swift"))
        try await withFolder { folder in
            func doctor(_ environment: [String: String]) async throws -> Program.Outcome {
                try await Program.run(
                    Program.built("packagingd"),
                    ["doctor", "--state-dir", folder + "/state"] + bucket.arguments,
                    environment: environment
                )
            }
            let well = try await doctor(bucket.environment)
            #expect(
                well.output.contains(
                    "a blob was written to \"s3://khipu-test/\(bucket.prefix)\", read back, read through a link"
                )
            )
            #expect(try bucket.content().objects.isEmpty)

            var wrong = bucket.environment
            wrong["AWS_SECRET_ACCESS_KEY"] = "hunter2"
            let refused = try await doctor(wrong)
            #expect(refused.output.contains("SignatureDoesNotMatch"), "\(refused.output)")
            #expect(!(refused.output + refused.errors).contains("hunter2"))

            let missing = try await doctor([:])
            #expect(missing.output.contains("there are no keys for the blob store"), "\(missing.output)")
            #expect(missing.output.contains("Set AWS_ACCESS_KEY_ID"), "\(missing.output)")
        }
    }
}
