import Foundation
import Testing

@Suite("The log of a daemon")
struct LogTests {
    /// Sentences that occur only in the book.
    private static let sentences = [
        "The heron counted eleven lanterns over the weir.", "Nobody had asked Marguerite about the cellar.",
        "So the ferryman kept the brass key.",
    ]

    private func write(to folder: String) async throws {
        _ = try await BurstBook.write(to: folder, chapters: 1)
        let yaml = try String(contentsOfFile: folder + "/book.yaml", encoding: .utf8)
        let rows = Self.sentences.map { "      - {text: \"\($0)\"}\n" }.joined()
        try (yaml + "  - title: Words\n    segments:\n" + rows)
            .replacingOccurrences(of: "platforms: [google]", with: "platforms: [google, spotify]")
            .write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
    }

    @Test(
        "every line of a run is JSON and says what it is about, and no line has a sentence or a secret of the book"
    )
    func wholeRun() async throws {
        let token = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXRva2Vu.signature"
        try await withFolder { folder in
            let daemon = try await Daemon.start(
                state: folder + "/state",
                arguments: ["--log-format", "json", "--log-level", "debug"]
            )
            try await write(to: folder + "/book")
            #expect(try await daemon.packctl("import", folder + "/book").status == 0)
            let created = try await daemon.packctl("create", "bursts", "--generate-missing", "--validate", "--watch")
            #expect(created.status == 0, "\(created.errors)")
            // Text that callers send must not become lines of its own.
            #expect(try await daemon.packctl("packages", "x\n{\"level\":\"forged\"}").status == 3)
            try token.write(toFile: folder + "/token", atomically: true, encoding: .utf8)
            #expect(try await daemon.packctl("--token-file", folder + "/token", "projects").status != 0)
            try await daemon.stop()

            let log = daemon.log
            let lines = try log.split(separator: "\n").map { line in
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return try #require(object, "not an object: \(line)")
            }
            for line in lines {
                for key in ["time", "level", "logger", "message"] { #expect(line[key] is String, "\(line)") }
                #expect(line["level"] as? String != "forged")
            }
            for secret in Self.sentences + [token, "c2VjcmV0LXRva2Vu"] {
                #expect(!log.contains(secret), "the log has \"\(secret)\"")
            }

            let calls = lines.filter { ($0["message"] as? String)?.hasPrefix("call ") == true }
            for call in calls {
                for key in ["call", "method", "code", "peer"] { #expect(call[key] is String, "\(call)") }
                #expect(call["ms"] is Int, "\(call)")
            }
            #expect(Set(calls.compactMap { $0["call"] as? String }).count == calls.count)
            let missing = calls.filter { $0["code"] as? String == "notFound" }
            #expect(missing.map { $0["tenant"] as? String } == ["local"])

            // Every line about a batch's work names the batch. Every line about a job's work names the job and its
            // attempt.
            let work = lines.filter { ["claimed", "rendered"].contains($0["message"] as? String ?? "") }
            #expect(work.count >= 3)
            for line in work {
                for key in ["batch", "tenant", "project"] { #expect(line[key] is String, "\(line)") }
                #expect((line["jobs"] ?? line["job"]) is String, "\(line)")
            }
            let finished = lines.filter { $0["message"] as? String == "package finished" }
            #expect(Set(finished.compactMap { $0["platform"] as? String }) == ["google", "spotify"])
            for line in finished {
                for key in ["batch", "tenant", "project", "job", "attempt"] { #expect(line[key] is String, "\(line)") }
            }
        }
    }

    @Test(
        "the error of a failed call carries the name that the call has in the log, and looking for something is no failure"
    )
    func quoted() async throws {
        try await withDaemon(arguments: ["--log-level", "info"]) { daemon, folder in
            let log = daemon.log
            #expect(log.contains(" info packagingd: listening address=unix:"), "\(log)")
            #expect(log.contains("version="), "\(log)")
            #expect(!log.contains("call finished"), "\(log)")
            // These look whether a name is that of a project, and whether an id is that of a job or of a batch.
            let unknown = "0b6c0c1e-0000-4000-8000-000000000000"
            for command in [
                ["packages", "dune"], ["watch", unknown], ["cancel", unknown], ["delete", unknown, "--yes"],
            ] {
                #expect(try await daemon.packctl(command).status == 3)
            }
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            _ = try await daemon.packctl("import", book.folder)
            let created = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
            #expect(created.status == 0)
            let jobs = try await daemon.json("jobs", "bursts")["jobs"] as? [[String: Any]]
            let job = try #require(jobs?.first?["id"] as? String)
            #expect(try await daemon.packctl("retry", job).status != 0)
            try await within(.seconds(120), "the line of the call") {
                while daemon.log.firstMatch(
                    of:
                        #/info packagingd: call failed call=[0-9a-f]+-1 caller=operator code=failedPrecondition error=.* method=\S+RetryJob ms=/#
                ) == nil {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            #expect(daemon.log.components(separatedBy: "call failed").count == 2, "\(daemon.log)")
        }
    }

    @Test("a wrong option or variable is named with its value and the values that are allowed")
    func wrongOptions() async throws {
        for (arguments, environment, words) in [
            (["--log-level", "loud"], [:], "--log-level: \"loud\" is none of debug, info, notice, warning, error"),
            ([], ["PACKAGINGD_LOG_FORMAT": "xml"], "PACKAGINGD_LOG_FORMAT: \"xml\" is neither text nor json"),
            (["--database-url", "postgresql://["], [:], "--database-url: cannot be parsed"),
            (
                ["--database-url", "postgresql://nobody:hunter2@127.0.0.1:1/none"], [:],
                "--database-url: holds a password, which others on this machine can read"
            ),
            (
                ["--database-url", "host=127.0.0.1 port=1 password=hunter2"], [:],
                "--database-url: holds a password, which others on this machine can read"
            ),
            (
                ["--database-url", "postgresql://nobody@127.0.0.1:1/none"], ["PGPASSWORD": "hunter2"],
                "packagingd: could not use the database that --database-url names"
            ),
        ] as [([String], [String: String], String)] {
            try await withFolder { folder in
                let outcome = try await Program.run(
                    Program.built("packagingd"),
                    ["serve", "--state-dir", folder + "/state"] + arguments,
                    environment: environment,
                    timeout: .seconds(120)
                )
                #expect(outcome.status != 0)
                #expect(outcome.errors.contains(words), "\(outcome.errors)")
                #expect(!outcome.errors.contains("hunter2"), "\(outcome.errors)")
            }
        }
    }
}
