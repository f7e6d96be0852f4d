import Foundation
import PackagingClient
import PackagingMessages
import Protobuf
import Testing

@Suite("Stopping")
struct StopTests {
    @Test("a daemon told to stop gives its job back without charging the attempt, and the next daemon finishes it")
    func drains() async throws {
        try await withFolder { folder in
            let arguments = ["--drain-seconds", "0", "--workers", "1"]
            var daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
            try await daemon.importLongBook(chapters: 6, in: folder)
            let watch = try await daemon.startLongJob(signalling: "TERM")
            try await daemon.waitForEnd()
            withExtendedLifetime(watch) {}
            #expect(!FileManager.default.fileExists(atPath: folder + "/state/packagingd.sock"))

            daemon = try await Daemon.start(state: folder + "/state")
            let job = try await daemon.longJob()
            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let packages = try await daemon.json("packages", "long")
            #expect((packages["packages"] as? [[String: Any]])?.count == 1)
            let events = try await daemon.packctl("--json", "watch", job)
            let statuses = events.output.split(separator: "\n").compactMap { line in
                line.firstMatch(of: /"status":"([a-z_]+)"/).map { String($0.1) }
            }
            #expect(statuses.filter { $0 == "queued" }.count == 2, "\(statuses)")
            #expect(try await daemon.json("job", job)["attempt"] as? Int == 1)
            try await daemon.stop()
        }
    }

    @Test("a running job that is cancelled ends within three seconds, leaves no package, nothing in scratch, no child")
    func cancels() async throws {
        try await withDaemon { daemon, folder in
            // Two hours of AAC: enough work that the daemon is still at it when the cancel comes.
            try await daemon.importLongBook(chapters: 24, in: folder)
            let created = try await daemon.json("create", "long", "--platform", "apple")
            let job = try #require((created["jobIds"] as? [String: String])?["apple"])
            try await daemon.encodes(job)
            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                _ = try await client.cancelJob(CancelJobRequest(target: .jobID(job)))
                var events: [JobEvent] = []
                for try await event in client.events(of: .jobID(job)) { events.append(event) }
                #expect(events.last?.status == .cancelled)
                // The times of the events are compared, because this process may receive the events much later.
                let asked = try #require(events.first { $0.currentStep == "cancelling" }?.at)
                let took = try #require(events.last?.at).sinceEpoch - asked.sinceEpoch
                #expect(took < .seconds(3), "it took \(took)")
            }
            // Cancels all jobs of a batch at once, as a person would.
            let stores = ["--platform", "google", "--platform", "acx", "--platform", "apple"]
            let again = try await daemon.json(["create", "long"] + stores)
            let batch = try #require(again["batchId"] as? String)
            let jobs = try #require(again["jobIds"] as? [String: String])
            #expect(jobs.count == 3 && !jobs.values.contains(job))
            try await daemon.encodes(try #require(jobs["apple"]))
            // A request that is repeated while these jobs live is answered with them.
            let repeated = try await daemon.json(["create", "long"] + stores)
            #expect(repeated["existing"] as? Bool == true)
            #expect(repeated["jobIds"] as? [String: String] == jobs)
            #expect(try await daemon.packctl("cancel", batch).status == 0)
            let story = try await daemon.packctl("--json", "watch", batch)
            #expect(story.status == 1, "a cancelled batch made no package")
            #expect(story.output.split(separator: "\n").filter { $0.contains("\"status\":\"cancelled\"") }.count == 3)
            let packages = try await daemon.json("packages", "long")
            #expect((packages["packages"] as? [[String: Any]])?.isEmpty == true)
            try await waitForRemoval(of: "what is in scratch") {
                content(of: daemon.state + "/scratch").map(\.path).filter { $0.contains("batch-") }
            }
            try await waitForRemoval(of: "the workers") {
                let children = try await Program.run("pgrep", ["-P", "\(daemon.pid)", "packaging-work"])
                return children.output.split(separator: "\n").map(String.init)
            }
        }
    }

    @Test("a second daemon on the same state folder, and a second one on the same socket, are refused with the reason")
    func oneAtATime() async throws {
        try await withDaemon { daemon, folder in
            let second = try await Program.run(
                Program.built("packagingd"),
                ["serve", "--state-dir", daemon.state, "--listen", "unix:\(folder)/other.sock"]
            )
            #expect(second.status == 1)
            #expect(second.errors.contains("another packagingd runs on it"), "\(second.errors)")
            let thief = try await Program.run(
                Program.built("packagingd"),
                ["serve", "--state-dir", folder + "/second", "--listen", daemon.address]
            )
            #expect(thief.status == 1)
            #expect(try await daemon.packctl("health").status == 0)
        }
    }
}

extension ProtoTimestamp {
    fileprivate var sinceEpoch: Duration { .seconds(seconds) + .nanoseconds(Int64(nanos)) }
}
