import Foundation
import PackagingClient
import PackagingMessages
import Testing

import struct Model.PackagingError

@Suite("What does not exist")
struct NothingTests {
    private static let unknown = "0b6c0c1e-0000-4000-8000-000000000000"

    /// What a failed call says, without the name that it repeats.
    private struct Answer: Hashable {
        var code: PackagingError.Code
        var reason: String
        var message: String
        var detail: String?
        var hint: String?

        init(_ error: PackagingError, _ name: String) {
            func without(_ text: String) -> String { text.replacingOccurrences(of: name, with: "NAME") }
            (code, reason, message) = (error.code, error.reason, without(error.message))
            (detail, hint) = (error.detail.map(without), error.hint.map(without))
        }
    }

    @Test("is answered in one form, whatever is wrong with an id: its form, its kind, its tenant, or that it is gone")
    func oneForm() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", book.folder).status == 0)
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            let batch = try #require(created["batchId"] as? String)
            try #require(try await daemon.packctl("watch", job).status == 0)
            let package = try #require(try await daemon.json("job", job)["packageId"] as? String)
            let project = try #require(try await daemon.json("job", job)["projectId"] as? String)
            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                _ = try await client.putTenant(
                    Tenant(
                        name: "other",
                        quotaBytes: 1000,
                        defaultRetentionDays: 7,
                        versionLimit: 1,
                        jobsPerHour: 1
                    )
                )
                try await expectOneForm("project", ["x y", Self.unknown, job, package], client) {
                    _ = try await $0.getProject(GetProjectRequest(project: $1))
                }
                try await expectOneForm("job", ["x y", Self.unknown, batch, package, "bursts"], client) {
                    _ = try await $0.getJob(GetJobRequest(jobID: $1))
                }
                try await expectOneForm("job", [Self.unknown, project], client) {
                    _ = try await $0.retryJob(RetryJobRequest(jobID: $1))
                }
                try await expectOneForm("batch", ["x y", Self.unknown, job], client) {
                    _ = try await $0.cancelJob(CancelJobRequest(target: .batchID($1)))
                }
                try await expectOneForm("batch", ["x y", Self.unknown, job], client) {
                    _ = try await $0.listJobs(ListJobsRequest(project: "bursts", batchID: $1))
                }
                try await expectOneForm("package", ["x y", Self.unknown, job], client) {
                    _ = try await $0.validate(ValidateRequest(packageID: $1))
                }
                try await expectOneForm("package", ["x y", Self.unknown, job], client) {
                    _ = try await $0.archive(ArchiveRequest(packageID: $1))
                }
                try await expectOneForm("tenant", ["x y", Self.unknown, job], client) {
                    _ = try await $0.getTenantUsage(GetTenantUsageRequest(tenant: $1))
                }
            }
            // Another tenant gets the same answers for what is there.
            try await PackagingClient.withConnection(to: address, tenant: "other") { client in
                try await expectOneForm("project", [project, "bursts", Self.unknown], client) {
                    _ = try await $0.getProject(GetProjectRequest(project: $1))
                }
                try await expectOneForm("job", [job, Self.unknown], client) {
                    _ = try await $0.getJob(GetJobRequest(jobID: $1))
                }
                try await expectOneForm("package", [package, Self.unknown], client) {
                    _ = try await $0.deletePackage(DeletePackageRequest(packageID: $1))
                }
            }
        }
    }

    /// Expects that all of `names` get the same answer, and that it is about a thing of `kind`.
    private func expectOneForm(
        _ kind: String,
        _ names: [String],
        _ client: PackagingClient,
        _ call: (PackagingClient, String) async throws -> Void
    ) async throws {
        var answers: Set<Answer> = []
        for name in names {
            do {
                try await call(client, name)
                Issue.record("\(kind) \"\(name)\" exists")
            } catch let error as PackagingError {
                answers.insert(Answer(error, name))
            }
        }
        let answer = try #require(answers.first)
        #expect(answers.count == 1, "\(answers)")
        #expect(answer.code == .notFound && answer.message == "\(kind) \"NAME\" does not exist")
        #expect(answer.reason == kind.uppercased() + "_NOT_FOUND")
        #expect(answer.detail != nil && answer.hint?.hasPrefix("List what there is with \"packctl ") == true)
    }

    @Test("a tenant's usage is told to operators by its name or its id")
    func usage() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", book.folder).status == 0)
            try #require(
                try await daemon.packctl("create", "bursts", "--platform", "google", "--watch").status == 0
            )
            try await PackagingClient.withConnection(to: PackagingAddress.parse(daemon.address)) { client in
                let usage = try await client.getTenantUsage(GetTenantUsageRequest(tenant: "local"))
                #expect(usage.tenant?.name == "local" && usage.jobsLastHour == 1 && usage.liveJobs == 0)
                #expect(usage.projects == 1 && usage.packages == 1 && usage.archivedPackages == 0)
                #expect(usage.storageBytes > 0 && usage.nextJobAt != nil)
                let id = try #require(usage.tenant?.id)
                #expect(try await client.getTenantUsage(GetTenantUsageRequest(tenant: id)) == usage)
            }
        }
    }
}
