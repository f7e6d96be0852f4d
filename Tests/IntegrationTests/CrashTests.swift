import Foundation
import Postgres
import TestSupport
import Testing

@Suite("A daemon that is killed")
struct CrashTests {
    @Test("killed three times during one batch, the job ends with one package and nothing is left in scratch")
    func killedThreeTimes() async throws {
        try await withFolder { folder in
            let state = folder + "/state"
            // One worker at a time, so that there is time to kill the daemon at its work on a machine of any speed.
            let oneWorker = ["--workers", "1"]
            let book = try await BurstBook.write(to: folder + "/book", chapters: 24)
            var daemon = try await Daemon.start(state: state, arguments: oneWorker)
            let imported = try await daemon.packctl("import", book.folder)
            try #require(imported.status == 0, "\(imported.errors)")
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            let jobs = try #require(created["jobIds"] as? [String: String])
            let job = try #require(jobs["google"])

            var seen: [String] = []
            for _ in 0..<3 {
                // The kill must land while the job is being worked on, or it proves nothing.
                seen.append(try await Self.waitUntilWorking(job, on: daemon))
                try await daemon.kill()
                daemon = try await Daemon.start(state: state, arguments: oneWorker)
            }
            #expect(seen.allSatisfy { $0 != "completed" && $0 != "failed" }, "\(seen)")

            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let list = try await daemon.json("packages", "bursts")
            let packages = try #require(list["packages"] as? [[String: Any]])
            #expect(packages.count == 1)
            #expect(packages.first?["version"] as? Int == 1)
            let final = try await daemon.json("job", job)
            #expect(final["attempt"] as? Int ?? 0 >= 4)
            #expect(try Self.leftovers(in: state + "/scratch").isEmpty)
            _ = try await Package.download(of: "bursts", from: daemon, to: folder)
            try await daemon.stop()
        }
    }

    @Test("when one of two daemons on a database dies, the other takes its job over and makes the one package")
    func takenOver() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let shared = [
                    "--database-url", database.ownerConfiguration.url, "--blob-url", "file://\(folder)/blobs",
                ]
                let first = try await Daemon.start(state: folder + "/first", arguments: shared)
                let book = try await BurstBook.write(to: folder + "/book", chapters: 40)
                _ = try await first.packctl("import", book.folder)
                let created = try await first.json("create", "bursts", "--platform", "google")
                let job = try #require((created["jobIds"] as? [String: String])?["google"])
                let status = try await Self.waitUntilWorking(job, on: first)
                try #require(status != "completed", "the job was done before its daemon could be killed")
                let second = try await Daemon.start(state: folder + "/second", arguments: shared)
                try await first.kill()

                let watched = try await second.packctl("watch", job)
                #expect(watched.status == 0, "\(watched.errors)")
                let packages = try await second.json("packages", "bursts")
                #expect((packages["packages"] as? [[String: Any]])?.count == 1)
                #expect(try await second.json("job", job)["attempt"] as? Int == 2)
                _ = try await Package.download(of: "bursts", from: second, to: folder)
                try await second.stop()
            }
        }
    }

    /// Waits until a daemon has begun to work on a job, and gives its status.
    private static func waitUntilWorking(_ job: String, on daemon: Daemon) async throws -> String {
        let attemptsBefore = try await daemon.json("job", job)["attempt"] as? Int ?? 0
        return try await within(.seconds(90), "the claim of job \(job)") {
            while true {
                let now = try await daemon.json("job", job)
                let status = try #require(now["status"] as? String)
                if ["completed", "failed", "cancelled"].contains(status) { return status }
                if status != "queued", attemptsBefore == 0 || (now["attempt"] as? Int ?? 0) >= attemptsBefore {
                    return status
                }
            }
        }
    }

    /// The files below a folder.
    private static func leftovers(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
            try FileManager.default.attributesOfItem(atPath: folder + "/" + path)[.type] as? FileAttributeType
                == .typeRegular
        }
    }
}
