import DatabaseTestSupport
import Foundation
import Postgres
import TestSupport
import Testing

@Suite("packagingd doctor")
struct DoctorTests {
    /// Runs the doctor, and returns its findings by the names of the checks.
    private func doctor(
        _ arguments: [String],
        status: Int32
    ) async throws -> [String: (status: String, seen: String, advice: String?)] {
        let outcome = try await Program.run(Program.built("packagingd"), ["doctor", "--json"] + arguments)
        try #require(outcome.status == status, "\(outcome.output)\(outcome.errors)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        )
        let checks = try #require(report["checks"] as? [[String: Any]])
        return try Dictionary(
            uniqueKeysWithValues: checks.map { check in
                let name = try #require(check["check"] as? String)
                let status = try #require(check["status"] as? String)
                if status != "ok" { #expect(check["advice"] is String, "\(name) says not what to do") }
                return (name, (status, try #require(check["seen"] as? String), check["advice"] as? String))
            }
        )
    }

    /// The names below a folder, without Postgres' own, which come and go.
    private func names(below folder: String) -> Set<String> {
        let folders = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0 != "postgres" }
        return Set(folders + folders.flatMap { name in content(of: folder + "/" + name).map { name + "/" + $0.path } })
    }

    @Test("beside a running daemon it checks everything, finds no fault, and leaves no file behind")
    func besideDaemon() async throws {
        try await withDaemon { daemon, _ in
            // The daemon's own probe of its blobs has made its container by now.
            let before = names(below: daemon.state)
            let found = try await doctor(["--state-dir", daemon.state], status: 0)
            // The daemon goes on with its probes, and removes what it writes for them.
            try await waitForRemoval(of: "what the doctor wrote") {
                names(below: daemon.state).subtracting(before).sorted()
            }
            let gone = before.subtracting(names(below: daemon.state))
            #expect(gone.allSatisfy { $0.contains("/probe/") || $0.contains("/uploads/") }, "\(gone)")
            for check in [
                "state folder", "database", "database role", "row level security", "migrations", "database's clock",
                "blobs", "worker", "codecs", "speech", "open files", "socket",
            ] {
                #expect(found[check]?.status == "ok", "\(check): \(String(describing: found[check]))")
            }
            #expect(found["database"]?.seen.hasPrefix("PostgreSQL ") == true)
            #expect(found["row level security"]?.seen.hasPrefix("on and forced on all ") == true)
            #expect(found["socket"]?.seen.hasPrefix("a daemon serves at ") == true)
            #expect(found["confinement"] != nil && found["clock"] != nil && found["disk"] != nil)
            #expect(try await daemon.packctl("health").status == 0)
        }
    }

    @Test("before the first start it checks what exists and creates nothing, not even the state folder")
    func beforeTheFirstStart() async throws {
        try await withFolder { folder in
            let found = try await doctor(["--state-dir", folder + "/state"], status: 0)
            #expect(!FileManager.default.fileExists(atPath: folder + "/state"))
            #expect(found["database"]?.seen.contains("it does not run") == true)
            #expect(found["socket"]?.seen.contains("the daemon does not run") == true)
            let text = try await Program.run(
                Program.built("packagingd"),
                ["doctor", "--state-dir", folder + "/state"]
            )
            #expect(text.status == 0)
            #expect(text.output.contains("\nok       codecs              all "), "\(text.output)")
        }
    }

    @Test("each fault on the disk fails a check that says what to do, and the exit code is 1")
    func brokenFolders() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/blobs/containers",
                withIntermediateDirectories: true
            )
            try Data().write(to: URL(fileURLWithPath: folder + "/blobs/uploads"))
            try Data().write(to: URL(fileURLWithPath: folder + "/state"))
            let found = try await doctor(
                [
                    "--state-dir", folder + "/state", "--blob-url", "file://\(folder)/blobs", "--listen",
                    "unix:\(folder)/state",
                ],
                status: 1
            )
            #expect(found["state folder"]?.status == "failed")
            #expect(found["blobs"]?.status == "failed")
            #expect(found["socket"]?.status == "failed")
            #expect(found["socket"]?.seen.contains("no socket") == true)
            #expect(found["codecs"]?.status == "ok")
        }
    }

    @Test(
        "it tells apart a socket that its user may not use, and one at which nobody listens any more",
        .enabled(if: geteuid() == 0, "only root can call as somebody else")
    )
    func sockets() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state")
            // A folder of its own, so that nothing but the socket is out of reach.
            let own = folder + "/own"
            try FileManager.default.createDirectory(
                atPath: own,
                withIntermediateDirectories: false,
                attributes: [.ownerAccountID: 65534]
            )
            let arguments = ["--state-dir", own + "/state", "--listen", daemon.address]
            let user = ["--reuid=65534", "--regid=65534", "--clear-groups"]
            let denied = try await Program.run(
                "setpriv",
                user + [Program.built("packagingd"), "doctor"] + arguments
            )
            let path = daemon.address.trimmingPrefix("unix:")
            #expect(denied.output.contains("we may not connect to \"\(path)\""), "\(denied.output)\(denied.errors)")
            #expect(denied.output.contains("Run the doctor as the daemon's own user, or as root."), "\(denied.output)")

            try await daemon.kill()
            let left = try await doctor(arguments, status: 0)["socket"]
            #expect(left?.status == "warning")
            #expect(left?.seen == "nobody answers at \"\(path)\"")
            #expect(left?.advice == "A daemon that was killed left it, and the next start removes it.")
        }
    }

    @Test("it tells apart databases that are unreachable, not migrated, behind, or open to all tenants")
    func brokenDatabase() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let url = database.ownerConfiguration.url
                func look(_ url: String, status: Int32) async throws -> [String: (String, String, String?)] {
                    try await doctor(["--state-dir", folder + "/state", "--database-url", url], status: status)
                        .mapValues { ($0.status, $0.seen, $0.advice) }
                }
                let away = try await look("postgresql://nobody@127.0.0.1:1/none", status: 1)
                #expect(away["database"]?.0 == "failed")

                let empty = try await look(url, status: 0)
                #expect(empty["migrations"]?.0 == "warning")
                #expect(empty["migrations"]?.1 == "the database has not been migrated")

                let migrated = try await Program.run(
                    Program.built("packagingd"),
                    ["migrate", "--database-url", url]
                )
                try #require(migrated.status == 0, "\(migrated.errors)")
                #expect(try await look(url, status: 0)["row level security"]?.0 == "ok")

                try await database.owner.executeScript(
                    """
                    ALTER TABLE packaging.projects NO FORCE ROW LEVEL SECURITY;
                    DELETE FROM packaging.schema_migrations WHERE version = 18;
                    """
                )
                let open = try await look(url, status: 1)
                #expect(open["row level security"]?.0 == "failed")
                #expect(open["row level security"]?.1.contains("projects") == true)
                #expect(open["migrations"]?.1 == "lacks 18 \"queue settings\"")
                let daemon = try await look(url + " user='packaging_app'", status: 1)
                #expect(daemon["migrations"]?.0 == "failed")
                #expect(daemon["migrations"]?.2?.contains("packagingd migrate") == true)
            }
        }
    }
}
