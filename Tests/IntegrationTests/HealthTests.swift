import DatabaseTestSupport
import Foundation
import Logging
import Model
import PackagingClient
import PackagingMessages
import Postgres
import Protobuf
import TestSupport
import Testing

@Suite("Health of a daemon")
struct HealthTests {
    /// Waits until `isExpected` holds for the reply of `packctl health`.
    private func wait(_ what: String, _ daemon: Daemon, _ isExpected: @escaping @Sendable (String) -> Bool) async throws
    {
        try await within(.seconds(120), what) {
            while true {
                let outcome = try await daemon.packctl("health")
                if isExpected(outcome.output + outcome.errors) { return }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func name(of database: TestDatabase) async throws -> String {
        try await database.owner.query("SELECT current_database() AS name")[0].decode("name")
    }

    @Test("a daemon that loses its database reports it, and serves again by itself once the database is back")
    func database() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let url = "dbname='\(try await name(of: database))' host='\(database.socketFolder)'"
                let migrated = try await Program.run(
                    Program.built("packagingd"),
                    ["migrate", "--database-url", database.ownerConfiguration.url]
                )
                #expect(migrated.status == 0, "\(migrated.errors)")
                // The role is no superuser, because a limit of connections does not hold for superusers.
                let daemon = try await Daemon.start(
                    state: folder + "/state",
                    arguments: ["--database-url", url + " user='packaging_app'"]
                )
                try await database.owner.executeScript(
                    """
                    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$;
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid();
                    """
                )
                // Whether health has noticed yet or not.
                let begin = ContinuousClock.now
                #expect(try await daemon.packctl("projects").status == 6)
                #expect(.now - begin < .seconds(6))
                try await wait("the loss of the database", daemon) {
                    $0.hasPrefix("not serving: could not use the database\nhint: It serves again by itself")
                }
                let reply = try await daemon.json("health", status: 1)
                #expect(reply["status"] as? String == "not_serving")
                #expect(reply["reason"] as? String == "DATABASE_UNAVAILABLE")
                // Calls are answered before the ten seconds that a connection is waited for, and none says that the daemon
                // is to be started.
                for command in [
                    ["projects"], ["create", "dune"], ["watch", "99999999-9999-4999-8999-999999999999"],
                    ["tenant", "list"],
                ] {
                    let begin = ContinuousClock.now
                    let outcome = try await daemon.packctl(command)
                    #expect(.now - begin < .seconds(5), "\(command)")
                    #expect(outcome.status == 6)
                    #expect(
                        outcome.errors == """
                            packctl: could not use the database
                            hint: The daemon runs, but cannot do this now: "packctl health" tells why.

                            """
                    )
                }
                let error = try await daemon.packctl("projects", "--json").errors
                #expect(error.hasPrefix("{\"code\":\"UNAVAILABLE\",\"reason\":\"DATABASE_UNAVAILABLE\","), "\(error)")
                try await database.owner.executeScript(
                    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT -1', current_database()); END $$"
                )
                try await wait("the return of the database", daemon) { $0 == "serving\n" }
                #expect(daemon.log.contains("not serving error="), "\(daemon.log)")

                try await database.owner.executeScript(
                    "INSERT INTO packaging.schema_migrations (version, name, sha256) VALUES (9999, 'later', '')"
                )
                try await wait("a newer release", daemon) { $0.contains("it has migration 9999 \"later\"") }
                #expect(try await daemon.json("health", status: 1)["reason"] as? String == "DATABASE_NEWER")
                try await daemon.stop()
            }
        }
    }

    @Test("a daemon whose blobs cannot be written reports it, and serves again once they can be written")
    func blobs() async throws {
        try await withDaemon { daemon, _ in
            let uploads = daemon.state + "/blobs/uploads"
            try FileManager.default.moveItem(atPath: uploads, toPath: uploads + ".away")
            try await wait("the loss of the blob store", daemon) {
                $0.hasPrefix("not serving: the blob store is not available\n")
            }
            #expect(try await daemon.json("health", status: 1)["reason"] as? String == "BLOB_STORE_UNAVAILABLE")
            try FileManager.default.moveItem(atPath: uploads + ".away", toPath: uploads)
            try await wait("the return of the blob store", daemon) { $0 == "serving\n" }
        }
    }

    @Test("the health service knows every service of ours by its name, and no other")
    func services() async throws {
        try await withDaemon { daemon, _ in
            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                for name in ["", "khipu.packaging.v1.Packaging", "khipu.packaging.v1.Projects"] {
                    #expect(try await client.check(HealthCheckRequest(service: name)).status == .serving)
                }
                let error = await #expect(throws: PackagingError.self) {
                    try await client.check(HealthCheckRequest(service: "khipu.packaging.v1.Printing"))
                }
                #expect(error?.code == .notFound)
                let watched = try await client.watch(HealthCheckRequest(service: "khipu.packaging.v1.Printing"))
                var replies = watched.makeAsyncIterator()
                #expect(try await replies.next()?.status == .serviceUnknown)
            }
        }
    }
}
