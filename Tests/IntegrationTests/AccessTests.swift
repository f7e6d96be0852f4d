import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import TTRPC
import Testing

@Suite("Callers with tokens")
struct AccessTests {
    private func bearer(_ token: String) -> Metadata { ["authorization": "Bearer \(token)"] }

    private func reason(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "OK"
        } catch {
            return (error as? PackagingError).map { $0.reason.isEmpty ? "\($0.code)" : $0.reason } ?? "\(error)"
        }
    }

    private func connect(_ daemon: Daemon) async throws -> RPCConnection {
        try await RPCConnection.connect(to: try PackagingAddress.parse(daemon.address))
    }

    @Test("users may do what their role allows, a token decides its tenant, and what is made names its maker")
    func roles() async throws {
        try await withDaemon { daemon, folder in
            _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            for (user, role) in [("rita", "reader"), ("paul", "packager"), ("olga", "owner")] {
                let outcome = try await daemon.packctl("grant", "bursts", "--user", user, "--role", role)
                try #require(outcome.status == 0, "\(outcome.errors)")
            }
            let connection = try await connect(daemon)
            let calls: [(String, (Metadata) async throws -> Void)] = [
                (
                    "read",
                    {
                        _ = try await connection.unary(
                            ProjectsMethods.getProject,
                            GetProjectRequest(project: "bursts"),
                            metadata: $0
                        )
                    }
                ),
                (
                    "package",
                    {
                        _ = try await connection.unary(
                            PackagingMethods.createAll,
                            CreateAllRequest(project: "bursts", platformIDs: ["google"]),
                            metadata: $0
                        )
                    }
                ),
                (
                    "own",
                    {
                        _ = try await connection.unary(
                            ProjectsMethods.putGrant,
                            PutGrantRequest(project: "bursts", user: "rita", role: .reader),
                            metadata: $0
                        )
                    }
                ),
            ]
            let no = "ROLE_REQUIRED"
            for (user, expected) in [
                ("rita", ["OK", no, no]), ("paul", ["OK", "OK", no]), ("olga", ["OK", "OK", "OK"]),
            ] {
                let token = try await AccessIsolationTests.token(daemon, "--tenant", "local", "--user", user)
                var results: [String] = []
                for (_, call) in calls { results.append(await reason { try await call(bearer(token)) }) }
                #expect(results == expected, "\(user)")
            }
            let reading = try await AccessIsolationTests.token(daemon, "--tenant", "local", "--scope", "read")
            var results: [String] = []
            for (_, call) in calls { results.append(await reason { try await call(bearer(reading)) }) }
            #expect(results == ["OK", "SCOPE_REQUIRED", "SCOPE_REQUIRED"])

            var elsewhere = bearer(reading)
            elsewhere = ["authorization": "Bearer \(reading)", "tenant": "evil"]
            #expect(await reason { try await calls[0].1(elsewhere) } == "TENANT_MISMATCH")
            elsewhere = ["authorization": "Bearer \(reading)", "tenant": "local"]
            #expect(await reason { try await calls[0].1(elsewhere) } == "OK")

            let jobs = try await connection.unary(
                PackagingMethods.listJobs,
                ListJobsRequest(project: "bursts"),
                metadata: bearer(reading)
            )
            #expect(jobs.jobs.map(\.createdBy) == ["user:paul"])
            let project = try await connection.unary(
                ProjectsMethods.getProject,
                GetProjectRequest(project: "bursts"),
                metadata: bearer(reading)
            )
            #expect(project.createdBy == "operator")
            await connection.close()

            let audit = try await daemon.packctl("--json", "audit")
            try #require(audit.status == 0, "\(audit.errors)")
            for words in ["user:paul", "Packaging/CreateAll", "PERMISSION_DENIED: TENANT_MISMATCH", "user:rita"] {
                #expect(audit.output.contains(words), "\(words): \(audit.output)")
            }
            #expect(!audit.output.contains(reading) && !daemon.log.contains(reading))
            #expect(!daemon.log.contains(reading.split(separator: ".")[2]))
        }
    }

    @Test("a wrong token takes away what the connection was, until a right one is given")
    func authenticate() async throws {
        try await withDaemon { daemon, folder in
            let connection = try await connect(daemon)
            func list(_ metadata: Metadata = [:]) async -> String {
                await reason {
                    _ = try await connection.unary(
                        ProjectsMethods.listProjects,
                        ListProjectsRequest(),
                        metadata: metadata
                    )
                }
            }
            func login(_ token: String) async -> String {
                await reason {
                    _ = try await connection.unary(SessionMethods.authenticate, AuthenticateRequest(token: token))
                }
            }
            let token = try await AccessIsolationTests.token(daemon, "--tenant", "local")
            #expect(await list() == "OK")
            // The operator's connection with a wrong token in one call: that call is refused.
            for wrong in ["Bearer x", "x", "", "Basic abc"] {
                #expect(await list(["authorization": wrong]) == "TOKEN_INVALID", "\(wrong)")
            }
            #expect(await list() == "OK")
            #expect(await login("wrong") == "TOKEN_INVALID")
            #expect(await list() == "TOKEN_INVALID")
            #expect(await list(bearer(token)) == "OK")
            #expect(await login(token) == "OK")
            #expect(await list() == "OK")
            let tenants = await reason {
                _ = try await connection.unary(AdminMethods.listTenants, ListTenantsRequest())
            }
            #expect(tenants == "OPERATOR_ONLY", "the token's caller, and not the operator any more")
            await connection.close()
        }
    }

    @Test("a revoked token, a revoked user and a role that was taken end a running watch within five seconds")
    func ends() async throws {
        try await withDaemon { daemon, folder in
            _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            let connection = try await connect(daemon)
            for user in ["ada", "bob"] {
                try #require(
                    try await daemon.packctl("grant", "bursts", "--user", user, "--role", "packager").status == 0
                )
            }
            // A job that cannot fetch its audio waits, and so does its watch.
            let uploads = daemon.state + "/blobs/uploads"
            try FileManager.default.moveItem(atPath: uploads, toPath: uploads + ".away")
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            func watch(_ token: String) -> Task<String, Never> {
                Task {
                    await reason {
                        let events = try connection.serverStream(
                            PackagingMethods.watchJob,
                            WatchJobRequest(target: .jobID(job)),
                            metadata: bearer(token)
                        )
                        for try await _ in events {}
                    }
                }
            }
            func token(_ user: String) async throws -> String {
                try await AccessIsolationTests.token(daemon, "--tenant", "local", "--user", user)
            }
            let (ada, bob) = (watch(try await token("ada")), watch(try await token("bob")))
            let clock = ContinuousClock()
            #expect(try await daemon.packctl("user", "revoke", "ada").status == 0)
            var begun = clock.now
            #expect(await ada.value == "TOKEN_REVOKED")
            #expect(begun.duration(to: clock.now) < .seconds(5))
            #expect(try await daemon.packctl("grant", "bursts", "--user", "bob", "--role", "none").status == 0)
            begun = clock.now
            #expect(await bob.value == "ROLE_REQUIRED")
            #expect(begun.duration(to: clock.now) < .seconds(5))
            try FileManager.default.moveItem(atPath: uploads + ".away", toPath: uploads)
            await connection.close()
        }
    }
}
