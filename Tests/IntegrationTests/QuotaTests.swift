import DatabaseTestSupport
import Foundation
import Postgres
import TestSupport
import Testing

@Suite("One platform's failure")
struct QuotaTests {
    @Test("a package that exceeds the quota fails alone, with the reason, and leaves no bytes behind")
    func leavesTheOthers() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let daemon = try await Daemon.start(
                    state: folder + "/state",
                    arguments: ["--database-url", database.ownerConfiguration.url]
                )
                let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
                _ = try await daemon.packctl("import", book.folder)
                // Room for one or two of the four packages, each of which has 200 to 400 kB.
                _ = try await database.owner.execute(
                    "UPDATE packaging.tenants SET quota_bytes = 600000",
                    settings: [("packaging.tenant", "00000000-0000-4000-8000-000000000001")]
                )
                let stores = ["apple", "google", "acx", "kobo"]
                let created = try await daemon.packctl(
                    ["create", "bursts", "--watch"] + stores.flatMap { ["--platform", $0] }
                )
                #expect(created.status == 7, "\(created.errors)")

                let jobs = try #require(try await daemon.json("jobs", "bursts")["jobs"] as? [[String: Any]])
                let failed = jobs.filter { $0["status"] as? String == "failed" }
                let completed = jobs.filter { $0["status"] as? String == "completed" }
                #expect(!failed.isEmpty && !completed.isEmpty && failed.count + completed.count == 4)
                for job in failed {
                    let message = job["errorMessage"] as? String
                    let words =
                        #/the storage quota is exceeded: the tenant may keep 585 KiB of packages and has \d+ KiB, .*/#
                    #expect(message?.wholeMatch(of: words) != nil, "\(message ?? "no message")")
                    #expect(job["errorReason"] as? String == "STORAGE_QUOTA")
                }
                let list = try await daemon.json("packages", "bursts")
                let packages = try #require(list["packages"] as? [[String: Any]])
                #expect(packages.count == completed.count)
                let container = folder + "/state/blobs/containers/t-00000000-0000-4000-8000-000000000001-temp"
                let blobs = files(below: container)
                #expect(blobs.count == completed.count, "\(blobs)")

                // The daemon cannot know before the end that there is no room for this one either.
                let store = try #require(failed.first?["platformId"] as? String)
                let again = try await daemon.packctl("create", "bursts", "--platform", store, "--watch")
                #expect(again.status == 4, "\(again.errors)")
                try await daemon.stop()
            }
        }
    }
}
