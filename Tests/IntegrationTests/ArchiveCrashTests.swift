import DatabaseTestSupport
import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@Suite("A daemon that is killed while it archives")
struct ArchiveCrashTests {
    private static let tenant = "00000000-0000-4000-8000-000000000001"

    @Test("a kill between the copy and the commit leaves the package in its place, and the copy is removed later")
    func killed() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let arguments = ["--database-url", database.ownerConfiguration.url]
                let killed = try await Daemon.start(state: folder + "/state", arguments: arguments)
                _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
                try #require(try await killed.packctl("import", folder + "/book").status == 0)
                let created = try await killed.packctl("create", "bursts", "--platform", "google", "--watch")
                try #require(created.status == 0, "\(created.errors)")
                let id = try #require(try await package(of: killed)["id"] as? String)
                let before = try await download(id, from: killed, to: folder + "/before.zip")
                try await archive(id, with: killed, untilKilledBeforeTheCommitIn: database)
                #expect(!copies(in: folder).isEmpty, "the copy was made")

                let daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
                let package = try await package(of: daemon)
                #expect(package["id"] as? String == id && package["storageTier"] as? String == "temp")
                #expect(try await download(id, from: daemon, to: folder + "/after.zip") == before)
                try await setForward(database, minutes: 61)
                try await waitForRemoval(of: "the copy") { copies(in: folder) }

                let archived = try await daemon.packctl("archive", id)
                #expect(archived.status == 0, "\(archived.errors)")
                #expect(try await self.package(of: daemon)["storageTier"] as? String == "archive")
                #expect(try await download(id, from: daemon, to: folder + "/archived.zip") == before)
                #expect(copies(in: folder).count == 1)
                try await daemon.stop()
            }
        }
    }

    /// Archives a package and kills the daemon just before its commit.
    ///
    /// The daemon changes the rows under a lock of the object whose bytes were copied. This function holds that lock
    /// and sees when the daemon waits for it. The daemon waits for three seconds; if a slow machine did not look in
    /// time, the package is archived again.
    private func archive(
        _ id: String,
        with daemon: Daemon,
        untilKilledBeforeTheCommitIn database: TestDatabase
    ) async throws {
        var patient = database.ownerConfiguration
        patient.statementTimeout = .zero
        patient.idleInTransactionTimeout = .zero
        let client = PostgresClient(configuration: patient, logger: Logger(label: "test"))
        let result: Result<Void, any Error>
        do {
            try await client.withTransaction(settings: [("packaging.tenant", Self.tenant)]) { transaction in
                let objects = try await transaction.query("SELECT FROM packaging.objects FOR UPDATE")
                try #require(objects.count == 1)
                var waiting: [Int32] = []
                while waiting.isEmpty {
                    let archiving = try await daemon.startPackctl(["archive", id])
                    while waiting.isEmpty, archiving.isRunning {
                        try await Task.sleep(for: .milliseconds(10))
                        waiting = try await transaction.query(
                            "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
                        ).map { try $0.decode(Int32.self, "pid") }
                    }
                }
                try await daemon.kill()
                // A statement that the server has received would be executed once the lock is free. Ending the server's
                // process prevents this, as if the daemon's machine were gone.
                for pid in waiting { _ = try await transaction.query("SELECT pg_terminate_backend(\(pid), 60000)") }
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await client.close()
        try result.get()
    }

    /// The one package of the book.
    private func package(of daemon: Daemon) async throws -> [String: Any] {
        let packages = try await daemon.json("packages", "bursts")["packages"] as? [[String: Any]]
        try #require(packages?.count == 1)
        return try #require(packages?.first)
    }

    private func download(_ id: String, from daemon: Daemon, to path: String) async throws -> Data {
        let outcome = try await daemon.packctl("download", id, "-o", path)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// Sets the database's clock forward by this time.
    private func setForward(_ database: TestDatabase, minutes: Int) async throws {
        try await database.owner.executeScript(
            """
            CREATE OR REPLACE FUNCTION packaging.now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
            AS $$SELECT pg_catalog.clock_timestamp() + interval '\(minutes) minutes'$$
            """
        )
    }

    /// The copies in the archive.
    private func copies(in folder: String) -> [String] {
        files(below: folder + "/state/blobs/containers/t-\(Self.tenant)-archive")
    }
}
