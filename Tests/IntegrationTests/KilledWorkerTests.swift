import Foundation
import Testing

@Suite("Workers that the system kills")
struct KilledWorkerTests {
    @Test("five jobs whose workers are all killed for two seconds wait, lose no attempt, and end with their packages")
    func killedForTwoSeconds() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--workers", "2"])
            try await daemon.importLongBook(chapters: 4, in: folder)
            let platforms = ["apple", "google", "spotify", "acx", "kobo"]
            let created = try await daemon.json(["create", "long"] + platforms.flatMap { ["--platform", $0] })
            let batch = try #require(created["batchId"] as? String)
            let jobs = try #require(created["jobIds"] as? [String: String])
            try #require(jobs.count == platforms.count)
            try await daemon.encodes(try #require(jobs["apple"]))
            // SIGKILL is what Linux sends when memory runs out.
            let killed = try await Program.tool(
                "sh",
                [
                    "-c",
                    """
                    killed=0; end=$(($(date +%s%N) + 2000000000))
                    while [ $(date +%s%N) -lt $end ]; do
                        for worker in $(pgrep -P \(daemon.pid) packaging-work); do
                            kill -KILL $worker 2>/dev/null && killed=$((killed + 1))
                        done
                    done
                    echo $killed
                    """,
                ]
            )
            let count = try #require(Int(killed.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(count >= 2)

            let watched = try await daemon.packctl("watch", batch)
            #expect(watched.status == 0, "\(watched.errors)")
            for job in jobs.values {
                let ended = try await daemon.json("job", job)
                #expect(ended["status"] as? String == "completed", "\(ended)")
                #expect(ended["attempt"] as? Int == 1, "\(ended)")
            }
            let packages = try await daemon.json("packages", "long")
            #expect((packages["packages"] as? [[String: Any]])?.count == platforms.count)
            #expect(daemon.log.contains("could not render chapter"), "\(daemon.log)")
            #expect(daemon.log.contains("was killed by signal 9"), "\(daemon.log)")
            #expect(daemon.log.contains("fewer workers run at once"), "\(daemon.log)")
            try await waitForRemoval(of: "what is in scratch") {
                content(of: daemon.state + "/scratch").map(\.path).filter { $0.contains("batch-") }
            }
            try await waitForRemoval(of: "the workers") {
                let children = try await Program.run("pgrep", ["-P", "\(daemon.pid)", "packaging-work"])
                return children.output.split(separator: "\n").map(String.init)
            }
            print("workers killed in two seconds: \(count)")
            try await daemon.stop()
        }
    }

    @Test("a chapter whose workers crash twice is attempted again, and none of its segments is blamed")
    func crashesTwice() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--workers", "1"])
            try await daemon.importLongBook(chapters: 1, in: folder)
            // The script waits for the workers, because a render takes only seconds.
            async let crashes = Program.tool(
                "sh",
                [
                    "-c",
                    """
                    last=none
                    for crash in 1 2; do
                        until worker=$(pgrep -P \(daemon.pid) packaging-work) && [ "$worker" != "$last" ]; do :; done
                        kill -SEGV $worker && echo $worker
                        last=$worker
                    done
                    """,
                ]
            )
            let created = try await daemon.packctl("create", "long", "--platform", "google")
            try #require(created.status == 0, "\(created.errors)")
            #expect(Set(try await crashes.split(separator: "\n")).count == 2)

            let job = try await daemon.longJob()
            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let ended = try await daemon.json("job", job)
            #expect(ended["status"] as? String == "completed")
            #expect(ended["attempt"] as? Int == 2, "the crashes count as one failure")
            #expect(daemon.log.contains("its segments are decoded alone"), "\(daemon.log)")
            #expect(daemon.log.contains("each segment alone can be decoded"), "\(daemon.log)")
            #expect(!daemon.log.contains(/, segment [0-9]/), "\(daemon.log)")
            let packages = try await daemon.json("packages", "long")
            #expect((packages["packages"] as? [[String: Any]])?.count == 1)
            try await daemon.stop()
        }
    }
}
