import Foundation
import PackagingClient
import PackagingMessages
import TTRPC
import Testing

import struct Model.PackagingError

/// A daemon with two tenants. One of them has a book, a job and a package.
private struct TwoTenants {
    let daemon: Daemon
    let folder: String
    /// The names of what the tenant "theirs" has.
    let names: Names

    struct Names: Sendable {
        var project: String
        var slug: String
        var batch: String
        var job: String
        var package: String
        var segment: String

        /// Ids that nothing has.
        static let unknown = Names(
            project: "99999999-9999-4999-8999-000000000001",
            slug: "nothing-of-the-kind",
            batch: "99999999-9999-4999-8999-000000000002",
            job: "99999999-9999-4999-8999-000000000003",
            package: "99999999-9999-4999-8999-000000000004",
            segment: "99999999-9999-4999-8999-000000000005"
        )
    }

    /// A token of the daemon's development key.
    func token(
        _ tenant: String,
        user: String? = nil,
        scope: String = "read,package",
        valid: String = "1h"
    ) async throws
        -> String
    {
        try await Self.token(daemon, tenant, user: user, scope: scope, valid: valid)
    }

    private static func token(
        _ daemon: Daemon,
        _ tenant: String,
        user: String?,
        scope: String,
        valid: String
    ) async throws -> String {
        let outcome = try await Program.run(
            Program.built("packagingd"),
            ["token", "--state-dir", daemon.state, "--tenant", tenant, "--scope", scope, "--valid", valid]
                + (user.map { ["--user", $0] } ?? [])
        )
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Gives `body` a client with a token.
    func client<Result>(_ token: String, _ body: (PackagingClient) async throws -> Result) async throws -> Result {
        let address = try #require(Address(daemon.address))
        return try await PackagingClient.withConnection(to: address, token: token, body)
    }

    static func with(_ body: (TwoTenants) async throws -> Void) async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            for tenant in ["ours", "theirs"] {
                #expect(try await daemon.packctl("tenant", "add", tenant).status == 0)
            }
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            let file = folder + "/token"
            let service = try await token(daemon, "theirs", user: nil, scope: "read,package", valid: "1h")
            try service.write(toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            func packctl(_ words: String...) async throws -> [String: Any] {
                try await daemon.json(["--token-file", file] + words)
            }
            let made = try await packctl("import", book.folder)
            let created = try await packctl("create", "bursts", "--platform", "google")
            let batch = try #require(created["batchId"] as? String)
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            _ = try await daemon.packctl("--token-file", file, "watch", job)
            let packages = try #require(try await packctl("packages", "bursts")["packages"] as? [[String: Any]])
            let chapters = try #require(try await packctl("manifest", "bursts")["chapters"] as? [[String: Any]])
            let segments = try #require(chapters.first?["segments"] as? [[String: Any]])
            let segment = try #require(segments.first?["id"] as? String)
            try await body(
                TwoTenants(
                    daemon: daemon,
                    folder: folder,
                    names: Names(
                        project: try #require(made["projectId"] as? String),
                        slug: "bursts",
                        batch: batch,
                        job: job,
                        package: try #require(packages.first?["id"] as? String),
                        segment: segment
                    )
                )
            )
        }
    }
}

/// One method that names something of a tenant, and how it is called.
private struct NamingCall: Sendable {
    var method: String
    var call: @Sendable (PackagingClient, TwoTenants.Names, _ file: String) async throws -> Void

    static let all: [NamingCall] = [
        NamingCall(method: "Packaging/CheckReadiness") { client, names, _ in
            _ = try await client.checkReadiness(CheckReadinessRequest(project: names.project))
        },
        NamingCall(method: "Packaging/PlanPackages") { client, names, _ in
            _ = try await client.planPackages(PlanPackagesRequest(project: names.project))
        },
        NamingCall(method: "Packaging/CreateAll") { client, names, _ in
            _ = try await client.createAll(CreateAllRequest(project: names.project))
        },
        NamingCall(method: "Packaging/RetryJob") { client, names, _ in
            _ = try await client.retryJob(RetryJobRequest(jobID: names.job))
        },
        NamingCall(method: "Packaging/GetJob") { client, names, _ in
            _ = try await client.getJob(GetJobRequest(jobID: names.job))
        },
        NamingCall(method: "Packaging/ListJobs") { client, names, _ in
            _ = try await client.listJobs(ListJobsRequest(project: names.project))
        },
        NamingCall(method: "Packaging/WatchJob") { client, names, _ in
            for try await _ in client.events(of: .batchID(names.batch)) {}
        },
        NamingCall(method: "Packaging/WatchJob of a job") { client, names, _ in
            for try await _ in client.events(of: .jobID(names.job)) {}
        },
        NamingCall(method: "Packaging/CancelJob") { client, names, _ in
            _ = try await client.cancelJob(CancelJobRequest(target: .jobID(names.job)))
        },
        NamingCall(method: "Packaging/CancelJob of a batch") { client, names, _ in
            _ = try await client.cancelJob(CancelJobRequest(target: .batchID(names.batch)))
        },
        NamingCall(method: "Packaging/ListPackages") { client, names, _ in
            _ = try await client.listPackages(ListPackagesRequest(project: names.project))
        },
        NamingCall(method: "Packaging/Archive") { client, names, _ in
            _ = try await client.archive(ArchiveRequest(packageID: names.package))
        },
        NamingCall(method: "Packaging/Validate") { client, names, _ in
            _ = try await client.validate(ValidateRequest(packageID: names.package))
        },
        NamingCall(method: "Packaging/DeletePackage") { client, names, _ in
            _ = try await client.deletePackage(DeletePackageRequest(packageID: names.package))
        },
        NamingCall(method: "Packaging/GetDownloadLink") { client, names, _ in
            _ = try await client.getDownloadLink(GetDownloadLinkRequest(packageID: names.package))
        },
        NamingCall(method: "Packaging/Download") { client, names, _ in
            for try await _ in try await client.download(DownloadRequest(packageID: names.package)) {}
        },
        NamingCall(method: "Packaging/GetManifest") { client, names, _ in
            _ = try await client.getManifest(GetManifestRequest(project: names.project))
        },
        NamingCall(method: "Projects/GetProject") { client, names, _ in
            _ = try await client.getProject(GetProjectRequest(project: names.project))
        },
        NamingCall(method: "Projects/GetProject by slug") { client, names, _ in
            _ = try await client.getProject(GetProjectRequest(project: names.slug))
        },
        NamingCall(method: "Projects/PutAudio") { client, names, file in
            let header = PutAudioHeader(project: names.project, sha256: String(repeating: "a", count: 64), sizeBytes: 1)
            _ = try await client.putAudio(Upload(header, path: file))
        },
        NamingCall(method: "Projects/PutCover") { client, names, file in
            let header = PutCoverHeader(project: names.project, sha256: String(repeating: "a", count: 64), sizeBytes: 1)
            _ = try await client.putCover(Upload(header, path: file))
        },
        NamingCall(method: "Projects/UpdateSegment") { client, names, _ in
            _ = try await client.updateSegment(
                UpdateSegmentRequest(project: names.project, segmentID: names.segment, newText: .text("x"))
            )
        },
        NamingCall(method: "Projects/DeleteProject") { client, names, _ in
            _ = try await client.deleteProject(DeleteProjectRequest(project: names.project))
        },
        NamingCall(method: "Projects/PutGrant") { client, names, _ in
            _ = try await client.putGrant(PutGrantRequest(project: names.project, user: "eve", role: .owner))
        },
        NamingCall(method: "Projects/DeleteGrant") { client, names, _ in
            _ = try await client.deleteGrant(DeleteGrantRequest(project: names.project, user: "eve"))
        },
        NamingCall(method: "Projects/ListGrants") { client, names, _ in
            _ = try await client.listGrants(ListGrantsRequest(project: names.project))
        },
        NamingCall(method: "Projects/RegisterAudio") { client, names, _ in
            _ = try await client.registerAudio(RegisterAudioRequest(project: names.project))
        },
    ]
}

@Suite("What a caller may do, with a real daemon")
struct AccessTests {
    /// Everything of an error that a caller gets, with the names taken out that the caller sent.
    private func shape(_ error: PackagingError, _ names: TwoTenants.Names) -> String {
        var text = """
            \(error.code) \(error.reason) \(error.message) | \(error.detail ?? "") | \(error.hint ?? "") | \(error.fields)
            """
        // The name of the call differs between any two calls.
        text += " | \(error.metadata.filter { $0.key != "callID" }.sorted { $0.key < $1.key })"
        for (name, word) in [
            (names.project, "PROJECT"), (names.slug, "PROJECT"), (names.batch, "BATCH"), (names.job, "JOB"),
            (names.package, "PACKAGE"), (names.segment, "SEGMENT"),
        ] {
            text = text.replacing(name, with: word)
        }
        return text
    }

    private func error(_ call: () async throws -> Void) async -> PackagingError? {
        do {
            try await call()
            return nil
        } catch {
            return error as? PackagingError
        }
    }

    @Test("what another tenant has, and what a user has no role on, looks in every call like what does not exist")
    func isolation() async throws {
        try await TwoTenants.with { tenants in
            let file = tenants.folder + "/byte"
            try "x".write(toFile: file, atomically: true, encoding: .utf8)
            let before = try await tenants.daemon.json("projects", "--tenant", "theirs")
            let stranger = try await tenants.token("ours", scope: "read,package,admin")
            let user = try await tenants.token("theirs", user: "eve")
            for token in [stranger, user] {
                try await tenants.client(token) { client in
                    for call in NamingCall.all where token == stranger || call.method != "Projects/RegisterAudio" {
                        let foreign = await error { try await call.call(client, tenants.names, file) }
                        let unknown = await error { try await call.call(client, .unknown, file) }
                        let (seen, expected) = try (#require(foreign, "\(call.method)"), #require(unknown))
                        #expect(seen.code == .notFound, "\(call.method): \(seen)")
                        #expect(
                            shape(seen, tenants.names) == shape(expected, .unknown),
                            "\(call.method) tells the difference"
                        )
                    }
                    #expect(try await client.listProjects(ListProjectsRequest()).projects.isEmpty)
                }
            }
            try await tenants.client(user) { client in
                let refused = await error {
                    _ = try await client.registerAudio(RegisterAudioRequest(project: tenants.names.project))
                }
                #expect(refused?.reason == "SERVICE_REQUIRED")
            }
            let after = try await tenants.daemon.json("projects", "--tenant", "theirs")
            #expect(NSDictionary(dictionary: after) == NSDictionary(dictionary: before), "something has changed")
            let packages = try await tenants.daemon.json("packages", "bursts", "--tenant", "theirs")
            #expect((packages["packages"] as? [Any])?.count == 1)
            #expect(!tenants.daemon.log.contains(stranger) && !tenants.daemon.log.contains(user))
        }
    }

    @Test("the answer for what others have takes as long as that for what does not exist")
    func timing() async throws {
        try await TwoTenants.with { tenants in
            let stranger = try await tenants.token("ours")
            let user = try await tenants.token("theirs", user: "eve")
            for (who, token) in [("another tenant", stranger), ("a user without a role", user)] {
                try await tenants.client(token) { client in
                    func time(_ job: String) async throws -> Duration {
                        let begin = ContinuousClock.now
                        let failure = await error { _ = try await client.getJob(GetJobRequest(jobID: job)) }
                        #expect(failure?.code == .notFound)
                        return .now - begin
                    }
                    // Turn by turn, so that what else the machine does touches both alike.
                    var ratios: [Double] = []
                    while ratios.allSatisfy({ abs($0 - 1) >= 0.1 }), ratios.count < 3 {
                        var (foreign, unknown): ([Duration], [Duration]) = ([], [])
                        for _ in 0..<1000 {
                            foreign.append(try await time(tenants.names.job))
                            unknown.append(try await time(TwoTenants.Names.unknown.job))
                        }
                        ratios.append(foreign.sorted()[500] / unknown.sorted()[500])
                    }
                    print("medians of 1,000 calls of \(who), what others have to what does not exist: \(ratios)")
                    #expect(ratios.contains { abs($0 - 1) < 0.1 }, "\(ratios)")
                }
            }
        }
    }

    @Test("roles and scopes allow what they are for, and the audit and created_by tell who it was")
    func roles() async throws {
        try await TwoTenants.with { tenants in
            let project = tenants.names.project
            let admin = try await tenants.token("theirs", user: "ada", scope: "read,package,admin")
            let eve = try await tenants.token("theirs", user: "eve")
            let onlyReading = try await tenants.token("theirs", scope: "read")
            func grant(_ role: ProjectRole) async throws {
                try await tenants.client(admin) { client in
                    let grant = try await client.putGrant(PutGrantRequest(project: project, user: "eve", role: role))
                    #expect(grant.grantedBy == "user:ada")
                }
            }
            func reason(_ token: String, _ call: (PackagingClient) async throws -> Void) async throws -> String? {
                try await tenants.client(token) { client in await error { try await call(client) }?.reason }
            }
            let read: (PackagingClient) async throws -> Void = {
                _ = try await $0.getJob(GetJobRequest(jobID: tenants.names.job))
            }
            let package: (PackagingClient) async throws -> Void = {
                _ = try await $0.archive(ArchiveRequest(packageID: tenants.names.package))
            }
            let own: (PackagingClient) async throws -> Void = {
                _ = try await $0.putGrant(PutGrantRequest(project: project, user: "max", role: .reader))
            }
            #expect(try await reason(eve, read) == "JOB_NOT_FOUND")
            try await grant(.reader)
            #expect(try await reason(eve, read) == nil)
            #expect(try await reason(eve, package) == "ROLE_REQUIRED")
            try await grant(.packager)
            #expect(try await reason(eve, package) == nil)
            #expect(try await reason(eve, own) == "ROLE_REQUIRED")
            try await grant(.owner)
            #expect(try await reason(eve, own) == nil)
            #expect(
                try await reason(eve) {
                    _ = try await $0.putGrant(PutGrantRequest(project: project, user: "eve", role: .reader))
                } == "LAST_OWNER"
            )
            #expect(try await reason(onlyReading, package) == "SCOPE_REQUIRED")
            #expect(try await reason(eve) { _ = try await $0.listAudit(ListAuditRequest()) } == "SCOPE_REQUIRED")
            #expect(try await reason(admin) { _ = try await $0.listTenants(ListTenantsRequest()) } == "OPERATOR_ONLY")
            #expect(
                try await reason(admin) { _ = try await $0.listAudit(ListAuditRequest(tenant: "ours")) }
                    == "OPERATOR_ONLY"
            )
            try await tenants.client(eve) { client in
                let created = try await client.createAll(CreateAllRequest(project: project, platformIDs: ["acx"]))
                let job = try await client.getJob(GetJobRequest(jobID: try #require(created.jobIDs["acx"])))
                #expect(job.createdBy == "user:eve")
                #expect(
                    try await client.getProject(GetProjectRequest(project: project)).createdBy == "service:development"
                )
            }
            let entries = try await tenants.client(admin) { client in
                try await client.listAudit(ListAuditRequest()).entries
            }
            func has(_ actor: String, _ method: String, _ outcome: String) -> Bool {
                entries.contains { $0.actor == actor && $0.method == method && $0.outcome == outcome }
            }
            #expect(has("user:eve", "Packaging/Archive", "PERMISSION_DENIED: ROLE_REQUIRED"))
            #expect(has("user:eve", "Packaging/Archive", "OK"))
            #expect(has("user:ada", "Projects/PutGrant", "OK"))
            #expect(has("service:development", "Projects/ImportProject", "OK"))
            #expect(entries.allSatisfy { $0.tenant == "theirs" && !$0.peer.isEmpty && !$0.callID.isEmpty })
            #expect(tenants.daemon.log.contains("caller=user:eve"), "log lines name the caller")
        }
    }

    @Test("a revoked token is refused within five seconds, and what it does ends; later tokens of the user are taken")
    func revocation() async throws {
        try await TwoTenants.with { tenants in
            let admin = try await tenants.token("theirs", user: "ada", scope: "read,package,admin")
            let eve = try await tenants.token("theirs", user: "eve")
            try await tenants.client(admin) { admin in
                _ = try await admin.putGrant(
                    PutGrantRequest(project: tenants.names.project, user: "eve", role: .owner)
                )
                try await tenants.client(eve) { client in
                    #expect(try await client.listProjects(ListProjectsRequest()).projects.count == 1)
                    _ = try await admin.revokeUser(RevokeUserRequest(user: "eve"))
                    let begin = ContinuousClock.now
                    var refusal: PackagingError?
                    while refusal == nil, .now - begin < .seconds(30) {
                        refusal = await error { _ = try await client.listProjects(ListProjectsRequest()) }
                    }
                    #expect(
                        refusal?.code == .unauthenticated && refusal?.reason == "TOKEN_REVOKED",
                        "\(refusal as Any)"
                    )
                    #expect(.now - begin < .seconds(5))
                }
                let list = try await admin.listRevocations(ListRevocationsRequest()).revocations
                #expect(list.first?.subject == .user("user:eve") && list.first?.createdBy == "user:ada")
            }
            // The time of issue counts whole seconds.
            try await within(.seconds(20), "a token of a later second") {
                while true {
                    let later = try await tenants.token("theirs", user: "eve")
                    let isTaken = try await tenants.clientIsTaken(later)
                    if isTaken { return }
                }
            }
        }
    }

    @Test("who sends a credential is taken for nobody else, and too many wrong ones are slowed down and audited")
    func wrongCredentials() async throws {
        try await TwoTenants.with { tenants in
            // The test is the daemon's own user, who without a token is the operator.
            let address = try #require(Address(tenants.daemon.address))
            var reasons: [String] = []
            for _ in 0..<12 {
                let failure = await error {
                    _ = try await PackagingClient.connect(address: address, token: "not.a.token")
                }
                reasons.append(failure?.reason ?? "taken")
            }
            #expect(reasons.prefix(10).allSatisfy { $0 == "TOKEN_INVALID" }, "\(reasons)")
            #expect(reasons.last == "LOGIN_LIMIT", "\(reasons)")
            // A right token is taken all the same.
            let right = try await tenants.token("ours")
            #expect(try await tenants.clientIsTaken(right))
            let audit = try await tenants.daemon.json("audit")
            let entries = try #require(audit["entries"] as? [[String: Any]])
            let failed = entries.filter { ($0["outcome"] as? String) == "UNAUTHENTICATED: TOKEN_INVALID" }
            #expect(failed.count >= 10 && failed.count <= 11, "\(failed.count)")
            #expect(!tenants.daemon.log.contains("not.a.token"))
        }
    }
}

extension TwoTenants {
    /// Whether the daemon takes a token.
    fileprivate func clientIsTaken(_ token: String) async throws -> Bool {
        do {
            return try await client(token) { client in
                _ = try await client.listProjects(ListProjectsRequest())
                return true
            }
        } catch let error as PackagingError where error.code == .unauthenticated {
            return false
        }
    }
}
