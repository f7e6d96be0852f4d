import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import TTRPC
import Testing

@Suite("What another tenant has looks like what does not exist")
struct AccessIsolationTests {
    /// What a request names.
    private enum Kind: String, CaseIterable {
        case project, job, batch, package
    }

    private struct Case: Sendable {
        let method: String
        let kind: Kind
        let call: @Sendable (RPCConnection, String, Metadata) async throws -> Void

        init<I, O>(_ method: Method<I, O>, _ kind: Kind, _ request: @escaping @Sendable (String) -> I) {
            self.method = method.name
            self.kind = kind
            let isStream = method.kind == .serverStream
            call = { connection, id, metadata in
                if isStream {
                    for try await _ in try connection.serverStream(method, request(id), metadata: metadata) {}
                } else {
                    _ = try await connection.unary(method, request(id), metadata: metadata)
                }
            }
        }

        init<I, O>(sending method: Method<I, O>, _ kind: Kind, _ request: @escaping @Sendable (String) -> I) {
            self.method = method.name
            self.kind = kind
            call = { connection, id, metadata in
                _ = try await connection.clientStream(method, metadata: metadata) { try await $0.write(request(id)) }
            }
        }
    }

    private static let zeros = String(repeating: "0", count: 64)
    private static let segment = "00000000-0000-4000-8000-00000000abcd"

    private static let cases: [Case] = [
        Case(PackagingMethods.checkReadiness, .project) { CheckReadinessRequest(project: $0) },
        Case(PackagingMethods.planPackages, .project) { PlanPackagesRequest(project: $0) },
        Case(PackagingMethods.createAll, .project) { CreateAllRequest(project: $0) },
        Case(PackagingMethods.retryJob, .job) { RetryJobRequest(jobID: $0) },
        Case(PackagingMethods.getJob, .job) { GetJobRequest(jobID: $0) },
        Case(PackagingMethods.listJobs, .project) { ListJobsRequest(project: $0) },
        Case(PackagingMethods.watchJob, .job) { WatchJobRequest(target: .jobID($0)) },
        Case(PackagingMethods.watchJob, .batch) { WatchJobRequest(target: .batchID($0)) },
        Case(PackagingMethods.cancelJob, .job) { CancelJobRequest(target: .jobID($0)) },
        Case(PackagingMethods.cancelJob, .batch) { CancelJobRequest(target: .batchID($0)) },
        Case(PackagingMethods.listPackages, .project) { ListPackagesRequest(project: $0) },
        Case(PackagingMethods.archive, .package) { ArchiveRequest(packageID: $0, retentionDays: 30) },
        Case(PackagingMethods.validate, .package) { ValidateRequest(packageID: $0) },
        Case(PackagingMethods.deletePackage, .package) { DeletePackageRequest(packageID: $0) },
        Case(PackagingMethods.getDownloadLink, .package) { GetDownloadLinkRequest(packageID: $0) },
        Case(PackagingMethods.download, .package) { DownloadRequest(packageID: $0) },
        Case(PackagingMethods.getManifest, .project) { GetManifestRequest(project: $0) },
        Case(sending: ProjectsMethods.putAudio, .project) {
            PutAudioRequest(item: .header(PutAudioHeader(project: $0, sha256: zeros, sizeBytes: 1)))
        },
        Case(sending: ProjectsMethods.putCover, .project) {
            PutCoverRequest(item: .header(PutCoverHeader(project: $0, sha256: zeros, sizeBytes: 1)))
        },
        Case(ProjectsMethods.registerAudio, .project) { RegisterAudioRequest(project: $0) },
        Case(ProjectsMethods.updateSegment, .project) {
            UpdateSegmentRequest(project: $0, segmentID: segment, newText: .text("x"))
        },
        Case(ProjectsMethods.getProject, .project) { GetProjectRequest(project: $0) },
        Case(ProjectsMethods.deleteProject, .project) { DeleteProjectRequest(project: $0) },
        Case(ProjectsMethods.putGrant, .project) { PutGrantRequest(project: $0, user: "eve", role: .owner) },
        Case(ProjectsMethods.deleteGrant, .project) { DeleteGrantRequest(project: $0, user: "eve") },
        Case(ProjectsMethods.listGrants, .project) { ListGrantsRequest(project: $0) },
    ]

    /// Methods that name no project, job, batch or package.
    private static let others: Set<String> = [
        "Check", "Watch", "Authenticate", "ListTenants", "PutTenant", "GetTenantUsage", "RevokeToken", "RevokeUser",
        "ListRevocations", "ListAudit", "Inspect", "ListRules", "ImportProject", "ListProjects",
    ]

    @Test("every method of the protocol has a case here, or names nothing")
    func complete() throws {
        let proto = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("proto")
        var methods: Set<String> = []
        for file in [
            "grpc/health/v1/health.proto", "khipu/packaging/v1/packaging.proto", "khipu/packaging/v1/projects.proto",
        ] {
            let text = try String(contentsOf: proto.appendingPathComponent(file), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split { " (".contains($0) }
                if words.count > 1, words[0] == "rpc" { methods.insert(String(words[1])) }
            }
        }
        #expect(Set(Self.cases.map(\.method)).union(Self.others) == methods)
    }

    /// A token for development.
    static func token(_ daemon: Daemon, _ arguments: String...) async throws -> String {
        let outcome = try await Program.run(
            Program.built("packagingd"),
            ["token", "--state-dir", daemon.state] + arguments
        )
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// All that an error tells, with `id` replaced.
    private func told(_ error: any Error, _ id: String) -> String {
        guard let error = error as? PackagingError else { return "\(error)" }
        var metadata = error.metadata
        metadata["callID"] = nil
        return [
            "\(error.code)", error.reason, error.message, error.detail ?? "", error.hint ?? "",
            "\(metadata.sorted { $0.key < $1.key })", "\(error.fields)", "\(String(describing: error.retryAfter))",
        ].joined(separator: "\n").replacing(id, with: "ID")
    }

    /// A book with a package in the tenant "local": what a request may name.
    private func ids(_ daemon: Daemon, _ folder: String) async throws -> [Kind: [String]] {
        _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
        let imported = try await daemon.json("import", folder + "/book")
        let created = try await daemon.json("create", "bursts", "--platform", "google")
        let job = try #require((created["jobIds"] as? [String: String])?["google"])
        try #require(try await daemon.packctl("watch", job).status == 0)
        let packages = try await daemon.json("packages", "bursts")
        return [
            .project: [try #require(imported["projectId"] as? String), "bursts"],
            .job: [job], .batch: [try #require(created["batchId"] as? String)],
            .package: [try #require((packages["packages"] as? [[String: Any]])?.first?["id"] as? String)],
        ]
    }

    /// What the operator sees of the tenant "local".
    private func view(_ daemon: Daemon, _ ids: [Kind: [String]]) async throws -> [String] {
        var view: [String] = []
        for arguments in [
            ["projects"], ["manifest", "bursts"], ["jobs", "bursts"], ["packages", "bursts"], ["grants", "bursts"],
            ["job", ids[.job]?.first ?? ""],
        ] {
            let outcome = try await daemon.packctl(["--json"] + arguments)
            try #require(outcome.status == 0, "\(arguments): \(outcome.errors)")
            view.append(outcome.output)
        }
        return view
    }

    @Test("every method answers a foreign id, and a user without a role, as an id that does not exist; nothing changes")
    func everyMethod() async throws {
        try await withDaemon { daemon, folder in
            let ids = try await ids(daemon, folder)
            try #require(try await daemon.packctl("tenant", "add", "evil").status == 0)
            let tokens = [
                ("service", try await Self.token(daemon, "--tenant", "evil", "--scope", "read,package,admin")),
                ("user", try await Self.token(daemon, "--tenant", "evil", "--user", "eve")),
                ("user without a role", try await Self.token(daemon, "--tenant", "local", "--user", "eve")),
            ]
            let before = try await view(daemon, ids)
            let connection = try await RPCConnection.connect(to: try PackagingAddress.parse(daemon.address))
            for (name, token) in tokens {
                let metadata: Metadata = ["authorization": "Bearer \(token)"]
                for test in Self.cases {
                    for id in ids[test.kind] ?? [] {
                        // A slug that is not there must have the same form as one that is.
                        let unknown = id == "bursts" ? "nobody" : UUID().uuidString.lowercased()
                        var answers: [String] = []
                        for id in [id, unknown] {
                            do {
                                try await test.call(connection, id, metadata)
                                answers.append("answered")
                            } catch {
                                answers.append(told(error, id))
                            }
                        }
                        #expect(answers[0] == answers[1], "\(test.method) \(test.kind) as \(name)")
                        #expect(answers[0] != "answered", "\(test.method) \(test.kind) as \(name)")
                        if test.method != "RegisterAudio" {
                            #expect(answers[0].hasPrefix("notFound\n"), "\(test.method) as \(name): \(answers[0])")
                        }
                    }
                }
            }
            await connection.close()
            #expect(try await view(daemon, ids) == before)
            for (_, token) in tokens { #expect(!daemon.log.contains(token)) }
            #expect(daemon.log.contains("caller=user:eve") && daemon.log.contains("tenant=evil"), "\(daemon.log)")
        }
    }

    @Test("a foreign id takes as long as one that does not exist, within a tenth, in the median of 1,000 calls")
    func times() async throws {
        try await withDaemon { daemon, folder in
            let ids = try await ids(daemon, folder)
            try #require(try await daemon.packctl("tenant", "add", "evil").status == 0)
            let token = try await Self.token(daemon, "--tenant", "evil")
            let connection = try await RPCConnection.connect(to: try PackagingAddress.parse(daemon.address))
            let metadata: Metadata = ["authorization": "Bearer \(token)"]
            for method in ["GetProject", "GetJob", "Download"] {
                let test = try #require(Self.cases.first { $0.method == method })
                let foreign = try #require(ids[test.kind]?.first)
                var ratio = 0.0
                for _ in 0..<3 {
                    var times: [[Duration]] = [[], []]
                    for round in 0..<1000 {
                        // Which comes first changes, so that neither profits from the other.
                        for which in round.isMultiple(of: 2) ? [0, 1] : [1, 0] {
                            let id = which == 0 ? foreign : UUID().uuidString.lowercased()
                            let begun = ContinuousClock.now
                            try? await test.call(connection, id, metadata)
                            times[which].append(begun.duration(to: .now))
                        }
                    }
                    let medians = times.map { $0.sorted()[500] }
                    ratio = medians[0] / medians[1]
                    print("\(method): foreign \(medians[0]), unknown \(medians[1]), ratio \(ratio)")
                    if (0.9...1.1).contains(ratio) { break }
                }
                #expect((0.9...1.1).contains(ratio), "\(method)")
            }
            await connection.close()
        }
    }
}
