import DatabaseTestSupport
import Foundation
import Model
import PackagingClient
import PackagingMessages
import Postgres
import Protobuf
import TestSupport
import Testing

@Suite("Keeping and deleting packages")
struct KeepingTests {
    /// A daemon over a database whose clock the test may set forward.
    private struct Site {
        let daemon: Daemon
        let database: TestDatabase
        let folder: String

        static func with(_ body: (Site) async throws -> Void) async throws {
            try await withDatabase { database in
                try await withFolder { folder in
                    let daemon = try await Daemon.start(
                        state: folder + "/state",
                        arguments: ["--database-url", database.ownerConfiguration.url]
                    )
                    do {
                        try await body(Site(daemon: daemon, database: database, folder: folder))
                    } catch {
                        Issue.record("the daemon's log:\n\(daemon.log)")
                        try await daemon.kill()
                        throw error
                    }
                    try await daemon.stop()
                }
            }
        }

        /// Imports a book and makes its packages. Returns their ids by platform.
        func packages(_ platforms: [String]) async throws -> [String: String] {
            let book = folder + "/book"
            if !FileManager.default.fileExists(atPath: book) { _ = try await BurstBook.write(to: book, chapters: 1) }
            _ = try await daemon.packctl("import", book)
            let created = try await daemon.packctl(
                ["create", "bursts", "--watch"] + platforms.flatMap { ["--platform", $0] }
            )
            try #require(created.status == 0, "\(created.errors)")
            return Dictionary(
                uniqueKeysWithValues: try await list().map {
                    ($0["platformId"] as? String ?? "", $0["id"] as? String ?? "")
                }
            )
        }

        func list() async throws -> [[String: Any]] {
            try #require(try await daemon.json("packages", "bursts")["packages"] as? [[String: Any]])
        }

        /// Sets the database's clock forward by this number of hours.
        func setForward(hours: Int) async throws {
            try await database.owner.executeScript(
                """
                CREATE OR REPLACE FUNCTION packaging.now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
                AS $$SELECT pg_catalog.clock_timestamp() + interval '\(hours) hours'$$
                """
            )
        }

        /// The files of a container, such as `temp`.
        func blobs(_ container: String) -> [String] {
            files(below: folder + "/state/blobs/containers/t-00000000-0000-4000-8000-000000000001-" + container)
        }

        /// Waits until the daemon's cleaner leaves `count` files in a container.
        func wait(for count: Int, in container: String) async throws {
            try await within(.seconds(120), "the removal of bytes in \(container)") {
                while blobs(container).count != count { try await Task.sleep(for: .milliseconds(200)) }
            }
        }
    }

    @Test("after a day only the package that was archived is left, and when it has expired no bytes are left")
    func archives() async throws {
        try await Site.with { site in
            let (daemon, ids) = (site.daemon, try await site.packages(["google", "spotify", "kobo"]))
            let (google, spotify) = (try #require(ids["google"]), try #require(ids["spotify"]))
            let refused = try await daemon.packctl("archive", google, "--retention-days", "6")
            #expect(refused.status == 2)

            let archived = try await daemon.json("archive", google, "--retention-days", "10")
            #expect(archived["message"] as? String == "Package archived. Will be deleted after 10 days.")
            #expect(archived["storageTier"] as? String == "archive")
            let packages = try await site.list()
            let tiers = packages.map { ($0["platformId"] as? String ?? "", $0["storageTier"] as? String) }
            #expect(
                Dictionary(uniqueKeysWithValues: tiers) == ["google": "archive", "spotify": "temp", "kobo": "temp"]
            )
            // Google's and Spotify's packages have the same bytes, so both read the one blob in the archive.
            try await site.wait(for: 1, in: "temp")
            #expect(site.blobs("archive").count == 1)

            let link = try await daemon.packctl("link", google)
            #expect(link.status == 5)
            #expect(link.errors.contains("packctl download \(google)"), "\(link.errors)")

            try await site.setForward(hours: 24)
            #expect(try await site.list().compactMap { $0["id"] as? String } == [google])
            for command in ["archive", "download", "link", "validate"] {
                let gone = try await daemon.packctl(command, spotify)
                #expect(gone.status == 3, "\(command): \(gone.errors)")
            }
            try await site.wait(for: 0, in: "temp")
            let kept = try await daemon.packctl("download", google, "-o", site.folder + "/google.zip")
            #expect(kept.status == 0, "\(kept.errors)")

            try await site.setForward(hours: 10 * 24 + 1)
            #expect(try await site.list().isEmpty)
            try await site.wait(for: 0, in: "archive")
            let quota = try #require(try await daemon.json("packages", "bursts")["storageQuota"] as? [String: Any])
            #expect(quota["used"] as? Double == 0)
        }
    }

    @Test("bytes that packages share are freed once, when the last of the packages is deleted")
    func deletes() async throws {
        try await Site.with { site in
            let ids = try await site.packages(["google", "spotify"])
            let (google, spotify) = (try #require(ids["google"]), try #require(ids["spotify"]))
            let first = try await site.daemon.json("delete", google)
            #expect(first["bytesFreed"] as? Int == 0)
            let left = try #require(try await site.list().first)
            #expect(left["id"] as? String == spotify && (left["sameAsPackageId"] as? String ?? "").isEmpty)
            let second = try await site.daemon.json("delete", spotify)
            #expect(second["bytesFreed"] as? Int == left["fileSizeBytes"] as? Int)
            #expect(try await site.daemon.packctl("delete", spotify).status == 3)
            #expect(try await site.list().isEmpty)
            try await site.wait(for: 0, in: "temp")
        }
    }

    @Test("a deleted project takes everything with it: packages, audio, cover and their bytes")
    func deletesProject() async throws {
        try await Site.with { site in
            _ = try await site.packages(["google"])
            let file = try #require(try await site.list().first?["fileSizeBytes"] as? Int)
            let deleted = try await site.daemon.json("delete", "bursts")
            #expect(deleted["packagesDeleted"] as? Int == 1)
            #expect(try #require(deleted["bytesFreed"] as? Int) > file)
            #expect(try await site.daemon.packctl("delete", "bursts").status == 3)
            #expect(try await site.daemon.packctl("packages", "bursts").status == 3)
            try await site.wait(for: 0, in: "temp")
            try await site.setForward(hours: 1)
            try await site.wait(for: 0, in: "audio")
            // The book can be imported and packaged again as if it had never been there.
            #expect(try await site.packages(["google"]).count == 1)
        }
    }

    @Test("a plan that the operator sets through the client holds for the next Archive")
    func plans() async throws {
        try await Site.with { site in
            let first = try #require(try await site.packages(["google"])["google"])
            try await PackagingClient.withConnection(to: try PackagingAddress.parse(site.daemon.address)) { client in
                var local = try #require(try await client.listTenants(ListTenantsRequest()).tenants.first)
                #expect(local.name == "local" && local.versionLimit == 3 && !local.dropsOldestVersion)
                local.versionLimit = 1
                local.defaultRetentionDays = 9
                #expect(try await client.putTenant(local) == local)

                let archived = try await site.daemon.json("archive", first)["message"] as? String
                #expect(archived == "Package archived. Will be deleted after 9 days.")
                // The text is changed, so that the next version has bytes of its own.
                let yaml = site.folder + "/book/book.yaml"
                let text = try String(contentsOfFile: yaml, encoding: .utf8)
                try text.replacing("title: \"Bursts\"", with: "title: \"Bursts\"\nsubtitle: Again")
                    .write(toFile: yaml, atomically: true, encoding: .utf8)
                _ = try await site.daemon.packctl("import", site.folder + "/book")
                let again = try await site.daemon.packctl("create", "bursts", "--platform", "google", "--watch")
                #expect(again.status == 0, "\(again.errors)")
                let second = try #require(try await site.list().first?["id"] as? String)
                let refused = try await site.daemon.packctl("archive", second)
                #expect(refused.status == 4)
                #expect(refused.errors.contains("packctl delete"), "\(refused.errors)")

                local.dropsOldestVersion = true
                _ = try await client.putTenant(local)
                let dropped = try await site.daemon.json("archive", second)["message"] as? String
                #expect(dropped?.hasSuffix("Version 1 was deleted, as the plan keeps 1.") == true)
                #expect(try await site.list().compactMap { $0["id"] as? String } == [second])
            }
        }
    }
}
