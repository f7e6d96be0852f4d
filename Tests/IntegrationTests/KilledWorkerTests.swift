import Foundation
import Testing

@Suite("Workers that the system kills")
struct KilledWorkerTests {
    @Test("a job whose workers are killed twice is attempted again each time, and ends with its package")
    func killedTwice() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--workers", "1"])
            try await daemon.importLongBook(chapters: 6, in: folder)
            let created = try await daemon.packctl("create", "long", "--platform", "google")
            try #require(created.status == 0, "\(created.errors)")
            let job = try await daemon.longJob()
            // SIGKILL is what Linux sends when memory runs out.
            for attempt in 1...2 {
                try await daemon.encodes(job, attempt: Int32(attempt))
                try await Program.tool(
                    "sh",
                    ["-c", "until pkill -KILL -P \(daemon.pid) packaging-work; do sleep 0.02; done"]
                )
            }

            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let ended = try await daemon.json("job", job)
            #expect(ended["status"] as? String == "completed")
            #expect(ended["attempt"] as? Int == 3)
            let packages = try await daemon.json("packages", "long")
            #expect((packages["packages"] as? [[String: Any]])?.count == 1)
            try await daemon.stop()
        }
    }
}
