import Foundation
import Testing

@Suite("A daemon without its blob store")
struct OutageTests {
    @Test("a job that meets the outage waits until it is over, loses no attempt, and then completes")
    func waits() async throws {
        try await withDaemon { daemon, folder in
            _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            let uploads = daemon.state + "/blobs/uploads"
            try FileManager.default.moveItem(atPath: uploads, toPath: uploads + ".away")
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            // The job finds the outage first, because the daemon itself looks only every 15 seconds.
            try await within(.seconds(120), "the loss of the blob store") {
                while try await daemon.packctl("health").status == 0 { try await Task.sleep(for: .milliseconds(50)) }
            }
            // Another job is not begun during the outage.
            let later = try await daemon.json("create", "bursts", "--platform", "kobo")
            let second = try #require((later["jobIds"] as? [String: String])?["kobo"])

            try FileManager.default.moveItem(atPath: uploads + ".away", toPath: uploads)
            for job in [job, second] {
                let watched = try await daemon.packctl("watch", job)
                #expect(watched.status == 0, "\(watched.errors)")
                let done = try await daemon.json("job", job)
                #expect(done["status"] as? String == "completed")
                #expect(done["attempt"] as? Int == 1, "the tries during the outage do not count")
            }
        }
    }
}
