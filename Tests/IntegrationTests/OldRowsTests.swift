import DatabaseTestSupport
import Foundation
import Postgres
import Testing

@Suite("Rows about the past, with a real daemon")
struct OldRowsTests {
    private func setForward(days: Int, _ database: TestDatabase) async throws {
        try await database.owner.executeScript(
            """
            CREATE OR REPLACE FUNCTION packaging.now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
            AS $$SELECT pg_catalog.clock_timestamp() + interval '\(days) days'$$
            """
        )
    }

    private func count(_ table: String, _ database: TestDatabase) async throws -> Int {
        let rows = try await database.owner.query(SQL(unescaped: "SELECT count(*) AS rows FROM packaging.\(table)"))
        return try rows[0].decode("rows")
    }

    /// Waits until the daemon has removed all rows of a table, which it does when it starts.
    private func waitForRemoval(_ table: String, _ database: TestDatabase, _ daemon: Daemon) async throws {
        do {
            try await within(.seconds(60), "the removal of \(table)") {
                while try await count(table, database) > 0 { try await Task.sleep(for: .milliseconds(100)) }
            }
        } catch {
            Issue.record("the daemon's log:\n\(daemon.log)")
            throw error
        }
    }

    @Test("a watcher that continues after events were removed is told so, and later the job itself is gone")
    func life() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let arguments = ["--database-url", database.ownerConfiguration.url]
                var daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
                _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
                try #require(try await daemon.packctl("import", folder + "/book").status == 0)
                let created = try await daemon.packctl("--json", "create", "bursts", "--platform", "google", "--watch")
                try #require(created.status == 0, "\(created.errors)")
                let jobs = try #require(try await daemon.json("jobs", "bursts")["jobs"] as? [[String: Any]])
                let job = try #require(jobs.first?["id"] as? String)
                let batch = try #require(jobs.first?["batchId"] as? String)
                let last = try #require(jobs.first?["lastSequence"] as? Int)
                let whole = try await daemon.packctl("--json", "watch", job)
                #expect(!whole.output.contains(#""compacted":true"#) && whole.output.split(separator: "\n").count > 2)
                try await daemon.stop()

                // A daemon removes what is due when it starts.
                try await setForward(days: 8, database)
                daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
                try await waitForRemoval("job_events", database, daemon)
                try await waitForRemoval("packages", database, daemon)
                for id in [job, batch] {
                    let resumed = try await daemon.packctl("watch", id, "--after", "2")
                    #expect(resumed.status == 0, "\(resumed.errors)")
                    #expect(resumed.errors.contains("packctl: earlier steps were removed"), "\(resumed.errors)")
                    #expect(resumed.output.hasPrefix("google  completed"), "\(resumed.output)")
                }
                let lines = try await daemon.packctl("--json", "watch", job, "--after", "2").output.split(
                    separator: "\n"
                )
                #expect(lines.count == 1)
                #expect(lines.first?.hasPrefix("{\"sequence\":\(last),\"jobId\":\"\(job)\"") == true, "\(lines)")
                #expect(lines.first?.contains(#""status":"completed""#) == true)
                #expect(lines.first?.contains(#""compacted":true"#) == true)
                // Who has seen everything has missed nothing.
                let seen = try await daemon.packctl("--json", "watch", job, "--after", "\(last)")
                #expect(seen.output.isEmpty && !seen.errors.contains("removed"), "\(seen.errors)")
                #expect(try await daemon.json("job", job)["status"] as? String == "completed")
                try await daemon.stop()

                try await setForward(days: 31, database)
                daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
                for table in ["packaging_jobs", "job_attempts", "batches", "requests", "objects"] {
                    try await waitForRemoval(table, database, daemon)
                }
                let gone = try await daemon.packctl("job", job)
                #expect(gone.status == 3)
                #expect(gone.errors.hasPrefix("packctl: job \"\(job)\" does not exist\ndetail: Ended jobs are removed"))
                // The book is there, and its next job's events have the next numbers.
                let next = try await daemon.packctl("--json", "create", "bursts", "--platform", "google", "--watch")
                #expect(next.status == 0, "\(next.errors)")
                #expect(next.output.contains("{\"sequence\":\(last + 1),"), "\(next.output)")
                try await daemon.stop()
            }
        }
    }
}
