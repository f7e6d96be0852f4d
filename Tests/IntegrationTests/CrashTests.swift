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
            // An hour with one worker: a daemon is killed at its work on a machine of any speed.
            let oneWorker = ["--workers", "1"]
            var daemon = try await Daemon.start(state: state, arguments: oneWorker)
            let job = try await daemon.startLongJob(chapters: 12, in: folder)
            for attempt in 1...3 {
                try await daemon.encodes(job, attempt: attempt)
                try await daemon.kill()
                daemon = try await Daemon.start(state: state, arguments: oneWorker)
            }

            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let list = try await daemon.json("packages", "long")
            let packages = try #require(list["packages"] as? [[String: Any]])
            #expect(packages.count == 1)
            #expect(packages.first?["version"] as? Int == 1)
            let final = try await daemon.json("job", job)
            #expect(final["attempt"] as? Int ?? 0 >= 4)
            #expect(try Self.leftovers(in: state + "/scratch").isEmpty)
            _ = try await Package.download(of: "long", from: daemon, to: folder)
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
                let job = try await first.startLongJob(chapters: 12, in: folder)
                try await first.encodes(job)
                let second = try await Daemon.start(state: folder + "/second", arguments: shared)
                try await first.kill()

                let watched = try await second.packctl("watch", job)
                #expect(watched.status == 0, "\(watched.errors)")
                let packages = try await second.json("packages", "long")
                #expect((packages["packages"] as? [[String: Any]])?.count == 1)
                #expect(try await second.json("job", job)["attempt"] as? Int == 2)
                _ = try await Package.download(of: "long", from: second, to: folder)
                try await second.stop()
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
