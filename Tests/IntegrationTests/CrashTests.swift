import DatabaseTestSupport
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
            // Half an hour of audio for one worker: enough work that the daemon is killed during it, on a machine of
            // any speed.
            let oneWorker = ["--workers", "1"]
            var daemon = try await Daemon.start(state: state, arguments: oneWorker)
            try await daemon.importLongBook(chapters: 6, in: folder)
            let watch = try await daemon.startLongJob(signalling: "KILL")
            try await daemon.waitForKill()
            let created = try #require(watch.output.firstMatch(of: /"jobIds":{"google":"([^"]+)"}/))
            let job = String(created.1)
            for attempt in 2...3 {
                daemon = try await Daemon.launch(
                    state: state,
                    arguments: oneWorker,
                    killedAtAttempt: attempt,
                    of: job
                )
                try await daemon.waitForKill()
            }
            daemon = try await Daemon.start(state: state, arguments: oneWorker)

            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let list = try await daemon.json("packages", "long")
            let packages = try #require(list["packages"] as? [[String: Any]])
            #expect(packages.count == 1)
            #expect(packages.first?["version"] as? Int == 1)
            let final = try await daemon.json("job", job)
            #expect(final["attempt"] as? Int ?? 0 >= 4)
            try await waitForRemoval(of: "what is in scratch") { files(below: state + "/scratch") }
            _ = try await Package.download(of: "long", from: daemon, to: folder)
            try await daemon.stop()
        }
    }

    @Test("when one of two daemons on a database dies, the other takes over its job and makes the only package")
    func takenOver() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let shared = [
                    "--database-url", database.ownerConfiguration.url, "--blob-url", "file://\(folder)/blobs",
                    "--workers", "1",
                ]
                let first = try await Daemon.start(state: folder + "/first", arguments: shared)
                let second = try await Daemon.start(state: folder + "/second", arguments: shared)
                try await first.importLongBook(chapters: 6, in: folder)
                // The second daemon is paused until the first one has claimed the job and is killed.
                second.signal(SIGSTOP)
                let watch = try await first.startLongJob(signalling: "KILL")
                try await first.waitForKill()
                withExtendedLifetime(watch) {}
                second.signal(SIGCONT)

                let job = try await second.longJob()
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
}
