import DatabaseTestSupport
import Foundation
import Model
import Postgres
import TestSupport
import Testing

/// Two daemons, `a` and `b`, on one database and one blob folder, each with a proxy between itself and the database.
struct Pair: Sendable {
    /// One of the two.
    struct Member: Sendable {
        let name: String
        let daemon: Daemon
        let proxy: StallingProxy
    }

    let members: [Member]
    let watch: WorkerWatch
    /// A client with the rights of the owner, which goes through no proxy.
    let owner: PostgresClient
    let folder: String

    /// Gives `body` two daemons that serve, and stops them afterwards.
    ///
    /// - Parameters:
    ///   - url: The database, without `host`.
    ///   - socketFolder: The folder of the server's socket.
    static func with(
        lease: Int,
        url: String,
        socketFolder: String,
        owner: PostgresClient,
        _ body: (Pair) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let migrated = try await Program.run(
                Program.built("packagingd"),
                ["migrate", "--lease", "\(lease)", "--database-url", url + " host='\(socketFolder)'"]
            )
            try #require(migrated.status == 0, "\(migrated.errors)")
            let watch = try WorkerWatch(in: folder)
            var members: [Member] = []
            for name in ["a", "b"] {
                let proxy = StallingProxy(to: socketFolder)
                let daemon = try await Daemon.start(
                    state: folder + "/" + name,
                    arguments: [
                        "--database-url", url + " host='\(proxy.socketFolder)'", "--blob-url",
                        "file://\(folder)/blobs", "--workers", "1",
                    ],
                    program: try await watch.program(of: name)
                )
                members.append(Member(name: name, daemon: daemon, proxy: proxy))
            }
            let pair = Pair(members: members, watch: watch, owner: owner, folder: folder)
            do {
                try await body(pair)
            } catch {
                for member in members {
                    member.proxy.resume()
                    Issue.record("the log of \(member.name):\n\(member.daemon.log)")
                    member.daemon.signal(SIGKILL)
                }
                throw error
            }
            for member in members where member.daemon.isRunning { try await member.daemon.stop() }
            for member in members { member.proxy.close() }
            #expect(watch.living.isEmpty, "workers are left over")
        }
    }

    /// The same on a database of the test process's server.
    static func with(lease: Int, _ body: (Pair) async throws -> Void) async throws {
        try await withDatabase { database in
            let url = database.ownerConfiguration.url
            try await with(lease: lease, url: url, socketFolder: database.socketFolder, owner: database.owner, body)
        }
    }

    /// The member with this name.
    func member(_ name: String) throws -> Member { try #require(members.first { $0.name == name }) }

    /// The other member.
    func other(than name: String) throws -> Member { try #require(members.first { $0.name != name }) }

    /// Makes a job for a ``LongBook`` with this title, and returns its id.
    func startJob(_ title: String = "Long", chapters: Int, tone: Int = 300) async throws -> String {
        let book = folder + "/" + title
        try await LongBook.write(to: book, chapters: chapters, title: title, tone: tone)
        let imported = try await members[0].daemon.packctl("import", book)
        try #require(imported.status == 0, "\(imported.errors)")
        let created = try await members[0].daemon.json("create", title.lowercased(), "--platform", "google")
        return try #require((created["jobIds"] as? [String: String])?["google"])
    }

    /// What the row of a job says.
    struct JobRow: Sendable {
        var status: String
        var attempt: Int
        var losses: Int
        var leaseUntil: Instant?
        /// How its attempts ended, or `open`, one after another.
        var attempts: [String]
        var isOver: Bool { ["completed", "failed", "cancelled"].contains(status) }
    }

    func row(_ job: String) async throws -> JobRow {
        let row = try await owner.query(
            """
            SELECT j.status, j.attempt, j.crash_count, j.lease_until, ARRAY(
                SELECT a.outcome FROM packaging.job_attempts AS a WHERE a.job_id = j.id ORDER BY a.epoch
            ) AS attempts
            FROM packaging.packaging_jobs AS j WHERE j.id = \(job)::text::uuid
            """
        )[0]
        return JobRow(
            status: try row.decode("status"),
            attempt: Int(try row.decode(Int32.self, "attempt")),
            losses: Int(try row.decode(Int32.self, "crash_count")),
            leaseUntil: try row.decode("lease_until"),
            attempts: try row.decode("attempts")
        )
    }

    /// Waits until the row of a job is as a test expects it.
    @discardableResult
    func wait(
        _ what: String,
        for job: String,
        _ isExpected: @escaping @Sendable (JobRow) -> Bool
    ) async throws -> JobRow {
        try await within(.seconds(600), what) {
            while true {
                let row = try await row(job)
                if isExpected(row) { return row }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// When each attempt of a job was claimed, by the database's clock: one after another.
    func claims(of job: String) async throws -> [Instant] {
        try await owner.query(
            """
            SELECT started_at FROM packaging.job_attempts WHERE job_id = \(job)::text::uuid ORDER BY epoch
            """
        ).map { try $0.decode(Instant.self, "started_at") }
    }

    /// Checks that a job ended once and left nothing: one package, no live worker, nothing in any scratch folder.
    func checkEnd(of job: String, _ title: String = "Long") async throws {
        let row = try await row(job)
        #expect(row.status == "completed")
        #expect(row.attempts.count { ["committed", "shared"].contains($0) } == 1, "\(row.attempts)")
        #expect(row.losses == 0, "\(row.attempts)")
        let packages = try await members[1].daemon.json("packages", title.lowercased())
        #expect((packages["packages"] as? [[String: Any]])?.count == 1)
        for member in members {
            try await waitForRemoval(of: "scratch") { [folder] in files(below: folder + "/\(member.name)/scratch") }
        }
        #expect(watch.meetings.isEmpty, "\(watch.meetings)")
    }
}

extension Daemon {
    /// When the daemon logged `message` for the first time since `moment`; nil if it did not.
    func time(of message: String, since moment: Instant) -> Instant? {
        for line in log.split(separator: "\n") where line.contains(message) {
            guard let end = line.firstIndex(of: " "), let time = Instant(rfc3339: line[..<end]), time >= moment else {
                continue
            }
            return time
        }
        return nil
    }

    /// Waits until the daemon has logged `message` since `moment`, and returns when it did.
    func waitForLog(_ message: String, since moment: Instant) async throws -> Instant {
        try await within(.seconds(600), "the line \"\(message)\"") { [self] in
            while true {
                if let time = time(of: message, since: moment) { return time }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

extension Instant {
    /// The time that a line of the log begins with.
    fileprivate init?(rfc3339 text: Substring) {
        let parts = text.dropLast().split(separator: ".")
        guard let whole = parts.first, let date = try? Date(whole + "Z", strategy: .iso8601) else { return nil }
        let fraction = parts.count > 1 ? Int64(parts[1]) ?? 0 : 0
        self.init(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000 + fraction)
    }
}
