import Foundation
import Testing

@Suite(
    "Full disks",
    .serialized,
    .enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")")
)
struct FullDiskTests {
    private static let platforms = ["apple", "google", "spotify", "acx", "kobo"]
    /// So many calls take at least twenty seconds.
    private static let calls = 1000

    /// The daemon did not say what is full.
    private struct NotTold: Error, CustomStringConvertible {
        var description: String
    }

    /// What is looked at while a disk is full, and when it has room again.
    private struct Bench {
        let daemon: Daemon
        let blobs: String

        /// Starts jobs for all platforms, and returns when one of them encodes.
        func start() async throws -> [String] {
            let arguments = FullDiskTests.platforms.flatMap { ["--platform", $0] }
            let created = try await daemon.json(["create", "long"] + arguments)
            let jobs = try #require(created["jobIds"] as? [String: String])
            try #require(jobs.count == 5)
            try await daemon.encodes(try #require(jobs["google"]))
            return jobs.values.sorted()
        }

        /// Keeps a disk full until health gives `reason`, and returns message and hint.
        ///
        /// The jobs that the full disk ends give back what they had written, so that there is some room again.
        func problem(_ reason: String, filling disk: SmallDisk) async throws -> (message: String, hint: String) {
            var reply = Program.Outcome(status: 0, output: "", errors: "")
            // The daemon looks every two seconds. Calls are counted instead of seconds, because a busy machine is slow at
            // both.
            for _ in 0..<FullDiskTests.calls {
                try disk.fill()
                reply = try await daemon.packctl("--json", "health")
                guard reply.output.contains(reason) else { continue }
                #expect(reply.status == 1)
                let value = try JSONSerialization.jsonObject(with: Data(reply.output.utf8)) as? [String: Any]
                return (value?["message"] as? String ?? "", value?["hint"] as? String ?? "")
            }
            let jobs = try await daemon.packctl("jobs", "long")
            throw NotTold(
                description:
                    "health did not give \(reason) in \(FullDiskTests.calls) calls, but \(reply.output)\(reply.errors)"
                    + "while the jobs were\n\(jobs.output)\(jobs.errors)"
            )
        }

        /// Waits until a job says in its step that it waits for a disk, and returns the step. No job may end before, or
        /// be attempted again.
        func step(of jobs: [String]) async throws -> String {
            try await within(.seconds(600), "a job that waits") {
                while true {
                    for id in jobs {
                        let job = try await daemon.json("job", id)
                        let step = job["currentStep"] as? String ?? ""
                        if step.hasPrefix("waiting: ") { return step }
                        // A job that is to be attempted again has an error, and is not claimed while the disk is full.
                        let hasError = !(job["errorMessage"] as? String ?? "").isEmpty
                        try #require(job["status"] as? String != "completed" && !hasError, "\(job)")
                    }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }

        /// Waits until a job has failed, and returns what is told of it. It may not wait for a disk before.
        func failed(_ id: String) async throws -> [String: Any] {
            var job = try await daemon.json("job", id)
            let deadline = ContinuousClock.now + .seconds(600)
            while job["status"] as? String != "failed" {
                let isWaiting = (job["currentStep"] as? String ?? "").hasPrefix("waiting: ")
                try #require(!isWaiting && job["status"] as? String != "completed" && .now < deadline, "\(job)")
                try await Task.sleep(for: .milliseconds(100))
                job = try await daemon.json("job", id)
            }
            return job
        }

        /// Waits for all jobs, which must complete at their first attempt, and checks that nothing is left of those that
        /// the full disk ended.
        func completes(_ jobs: [String]) async throws {
            for job in jobs {
                let watched = try await daemon.packctl("watch", job)
                #expect(watched.status == 0, "\(watched.errors)")
                let done = try await daemon.json("job", job)
                #expect(done["status"] as? String == "completed", "\(done["errorMessage"] ?? "")")
                #expect(done["attempt"] as? Int == 1, "what waited for a disk does not count")
            }
            let list = try await daemon.json("packages", "long")
            let packages = try #require(list["packages"] as? [[String: Any]])
            #expect(packages.count == 5)
            // Google's and Spotify's packages are one blob, unless their jobs came back at different times.
            let stored = files(below: blobs + "/containers/t-00000000-0000-4000-8000-000000000001-temp")
            #expect((4...5).contains(stored.count), "\(stored)")
            #expect(files(below: blobs + "/uploads").isEmpty)
            try await waitForRemoval(of: "scratch files") { [state = daemon.state] in
                files(below: state + "/scratch").filter { !$0.hasSuffix("filler") }
            }
            #expect(try await daemon.packctl("health").status == 0)
        }
    }

    /// Runs `body` with a daemon whose blobs are in a folder of their own, and which has a ``LongBook``.
    private func withBench(
        in folder: String,
        chapters: Int = 4,
        _ body: (Bench) async throws -> Void
    ) async throws {
        let blobs = folder + "/blobs"
        let daemon = try await Daemon.start(
            state: folder + "/state",
            arguments: ["--workers", "2", "--blob-url", "file://" + blobs]
        )
        do {
            try await daemon.importLongBook(chapters: chapters, in: folder)
            try await body(Bench(daemon: daemon, blobs: blobs))
        } catch {
            Issue.record("the daemon's log:\n\(daemon.log)")
            try await daemon.kill()
            throw error
        }
        try await daemon.stop()
    }

    @Test("jobs that find the blob store full wait, say so, and complete at the same attempt when it has room")
    func blobs() async throws {
        try await withFolder { folder in
            try await SmallDisk.with(400, on: folder + "/blobs") { disk in
                try await withBench(in: folder) { bench in
                    let jobs = try await bench.start()
                    let problem = try await bench.problem("BLOB_STORE_FULL", filling: disk)
                    let message = problem.message
                    #expect(message.contains("the disk for the blob store is full"), "\(message)")
                    #expect(problem.hint.hasPrefix("Make room on it"), "\(problem.hint)")
                    let step = try await bench.step(of: jobs)
                    #expect(step.contains("the blob store is full"), "\(step)")
                    // A caller is told the same, and what exists is served.
                    try disk.fill()
                    let refused = try await bench.daemon.packctl("import", try await otherBook(in: folder))
                    #expect(refused.errors.contains("the blob store is full"), "\(refused.errors)")
                    #expect(refused.errors.contains("hint: Make room"), "\(refused.errors)")
                    #expect(try await bench.daemon.packctl("projects").status == 0)
                    #expect(files(below: bench.blobs + "/containers").filter { $0.contains("-temp/") }.count <= 5)

                    try disk.empty()
                    try await bench.completes(jobs)
                }
            }
        }
    }

    @Test("jobs that find the disk for scratch files full wait, say so, and complete when it has room")
    func scratch() async throws {
        try await withFolder { folder in
            try await SmallDisk.with(400, on: folder + "/state/scratch") { disk in
                try await withBench(in: folder) { bench in
                    let jobs = try await bench.start()
                    let problem = try await bench.problem("SCRATCH_FULL", filling: disk)
                    let message = problem.message
                    #expect(message.contains("the disk for scratch files is full"), "\(message)")
                    let step = try await bench.step(of: jobs)
                    #expect(step.contains("the disk for scratch files is full"), "\(step)")
                    try disk.fill()
                    let refused = try await bench.daemon.packctl("import", try await otherBook(in: folder))
                    #expect(refused.errors.contains("the disk for scratch files is full"), "\(refused.errors)")

                    try disk.empty()
                    try await bench.completes(jobs)
                }
            }
        }
    }

    @Test(
        "jobs that find the disk of the state folder full wait, callers are told so, and all goes on when it has room"
    )
    func state() async throws {
        try await withFolder { folder in
            try await SmallDisk.with(400, on: folder + "/state") { disk in
                try await withBench(in: folder) { bench in
                    let jobs = try await bench.start()
                    let problem = try await bench.problem("DATABASE_FULL", filling: disk)
                    let message = problem.message
                    #expect(message.contains("the disk for the database and scratch files is full"), "\(message)")
                    // Rows for thousands of segments do not fit into the pages that the tables have.
                    try disk.fill()
                    let refused = try await bench.daemon.packctl("import", try wordyBook(in: folder))
                    #expect(refused.status != 0)
                    #expect(refused.errors.contains("is full") || refused.errors.contains("could not use the database"))
                    #expect(!refused.errors.contains("refused a statement"), "\(refused.errors)")

                    try disk.empty()
                    try await bench.completes(jobs)
                    #expect(try await bench.daemon.packctl("import", folder + "/wordy").status == 0)
                }
            }
        }
    }

    @Test("a batch that does not fit beside other files waits with its need in the step, and goes on when it fits")
    func waitsForRoom() async throws {
        try await withFolder { folder in
            try await SmallDisk.with(64, on: folder + "/state/scratch") { disk in
                try await withBench(in: folder, chapters: 2) { bench in
                    // Above the floor of 2 MiB, and less than the 18.3 MiB of Google's two chapters.
                    try disk.leave(12 << 20)
                    let created = try await bench.daemon.json("create", "long", "--platform", "google")
                    let job = try #require((created["jobIds"] as? [String: String])?["google"])
                    let step = try await bench.step(of: [job])
                    #expect(step.contains("18 MiB are needed, and "), "\(step)")
                    #expect(try await bench.daemon.packctl("health").status == 0, "a disk above its floor is no outage")
                    try disk.empty()
                    let watched = try await bench.daemon.packctl("watch", job)
                    #expect(watched.status == 0, "\(watched.errors)")
                    #expect(try await bench.daemon.json("job", job)["attempt"] as? Int == 1)
                }
            }
        }
    }

    @Test("packages that fit alone and not together are made one after another")
    func oneAfterAnother() async throws {
        try await withFolder { folder in
            try await SmallDisk.with(24, on: folder + "/state/scratch") { _ in
                try await withBench(in: folder, chapters: 2) { bench in
                    let created = try await bench.daemon.json(
                        "create",
                        "long",
                        "--platform",
                        "google",
                        "--platform",
                        "apple"
                    )
                    let jobs = try #require(created["jobIds"] as? [String: String])
                    #expect(jobs.keys.sorted() == ["apple", "google"])
                    var stories = ""
                    for job in jobs.values {
                        let watched = try await bench.daemon.packctl("--json", "watch", job)
                        #expect(watched.status == 0, "\(watched.output)")
                        stories += watched.output
                        #expect(try await bench.daemon.json("job", job)["attempt"] as? Int == 1)
                    }
                    #expect(stories.contains("made after the others"), "\(stories)")
                }
            }
        }
    }

    @Test(
        "a job that can never fit fails, and says what it needs and what the disk has",
        arguments: ["scratch", "blobs"]
    )
    func never(_ which: String) async throws {
        try await withFolder { folder in
            let place = which == "scratch" ? folder + "/state/scratch" : folder + "/blobs"
            try await SmallDisk.with(16, on: place) { _ in
                try await withBench(in: folder, chapters: 2) { bench in
                    let created = try await bench.daemon.json("create", "long", "--platform", "google")
                    let job = try #require((created["jobIds"] as? [String: String])?["google"])
                    let failed = try await bench.failed(job)
                    let message = failed["errorMessage"] as? String ?? ""
                    #expect(
                        message.contains("18 MiB") && message.contains("has 15 MiB for them when it is empty"),
                        "\(message)"
                    )
                    #expect(failed["attempt"] as? Int == 1)
                }
            }
        }
    }

    /// A book with audio that the daemon does not have: two minutes, which is more than a full disk takes.
    private func otherBook(in folder: String) async throws -> String {
        let book = folder + "/other"
        try FileManager.default.createDirectory(atPath: book, withIntermediateDirectories: true)
        try await Program.tool(
            "sox",
            ["-n", "-r", "44100", "-c", "1", book + "/tone.wav", "synth", "120", "sine", "500", "vol", "0.1"]
        )
        let yaml = """
            title: Other
            authors: [A]
            narrators: [B]
            language: en
            chapters:
              - title: One
                segments:
                  - {text: "A tone.", audio: tone.wav}
            """
        try yaml.write(toFile: book + "/book.yaml", atomically: true, encoding: .utf8)
        return book
    }

    /// A book of one chapter of thousands of segments without audio.
    private func wordyBook(in folder: String) throws -> String {
        let book = folder + "/wordy"
        try FileManager.default.createDirectory(atPath: book, withIntermediateDirectories: true)
        var yaml =
            "title: Wordy\nauthors: [A]\nnarrators: [B]\nlanguage: en\nchapters:\n  - title: One\n    segments:\n"
        for number in 0..<20_000 {
            yaml += "      - {text: \"This is sentence \(number) of a book with many of them.\"}\n"
        }
        try yaml.write(toFile: book + "/book.yaml", atomically: true, encoding: .utf8)
        return book
    }
}
