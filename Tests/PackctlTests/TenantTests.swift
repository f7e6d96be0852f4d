import Foundation
import PackagingMessages
import Protobuf
import Testing

@testable import PackctlCommands

@Suite("packctl tenant")
struct TenantTests {
    private static let quayside = Tenant(
        id: "11111111-1111-4111-8111-111111111111",
        name: "quayside",
        quotaBytes: 50_000_000_000,
        defaultRetentionDays: 30,
        versionLimit: 3,
        jobsPerHour: 100
    )

    @Test("add makes a tenant with the plan that is named, and the usual values for the rest")
    func adds() async throws {
        let daemon = ScriptedDaemon()
        let outcome = try await daemon.serve {
            await packctl("tenant", "add", "quayside", "--quota", "500 MB", "--drops-oldest", "--address", $0)
        }
        #expect(outcome.status == .done, "\(outcome.err)")
        let tenant = try #require(daemon[\.tenants].first?.tenant)
        #expect(tenant.name == "quayside" && tenant.quotaBytes == 500_000_000 && tenant.dropsOldestVersion)
        #expect(tenant.jobsPerHour == 100 && tenant.versionLimit == 3 && tenant.defaultRetentionDays == 30)
        #expect(outcome.out.hasPrefix("added tenant \"quayside\"\nstorage    500.0 MB\n"))
    }

    @Test("add of a name that exists is refused and changes nothing, and the hint names set")
    func addsTwice() async throws {
        let daemon = ScriptedDaemon { $0.tenants = [TenantUsage(tenant: Self.quayside)] }
        try await daemon.serve { address in
            let outcome = await packctl("tenant", "add", "quayside", "--quota", "1GB", "--address", address)
            #expect(outcome.status == .failed)
            #expect(
                outcome.err == """
                    packctl: tenant "quayside" exists already
                    hint: Change its plan with "packctl tenant set quayside".

                    """
            )
            let json = await packctl("tenant", "add", "quayside", "--json", "--address", address)
            #expect(json.err.contains("\"code\":\"ALREADY_EXISTS\",\"reason\":\"TENANT_EXISTS\""), "\(json.err)")
        }
        #expect(daemon[\.tenants].map(\.tenant) == [Self.quayside])
    }

    @Test("set changes what is named, and keeps the rest")
    func sets() async throws {
        let daemon = ScriptedDaemon { $0.tenants = [TenantUsage(tenant: Self.quayside)] }
        let outcome = try await daemon.serve {
            await packctl("tenant", "set", "quayside", "--jobs-per-hour", "7", "--address", $0)
        }
        #expect(outcome.status == .done, "\(outcome.err)")
        var expected = Self.quayside
        expected.jobsPerHour = 7
        #expect(daemon[\.tenants].map(\.tenant) == [expected])
        #expect(
            try await daemon.serve { await packctl("tenant", "set", "nope", "--versions", "4", "--address", $0) }.status
                == .notFound
        )
    }

    @Test(
        "a plan out of bounds is refused before the first call",
        arguments: [
            (["set", "t"], "name what to change, such as --quota 50GB"),
            (["set", "t", "--quota", "many"], "--quota \"many\" is not a size"),
            (["add", "t", "--quota", "2000TB"], "--quota \"2000TB\" is more than 1000.0 TB"),
            (["add", "t", "--versions", "0"], "--versions must be 1 through 1,000, not 0"),
            (["add", "t", "--retention-days", "6"], "--retention-days must be 7 through 90, not 6"),
            (["set", "t", "--jobs-per-hour", "1000001"], "--jobs-per-hour must be 0 through 1,000,000, not 1000001"),
        ]
    )
    func bounds(_ arguments: [String], _ message: String) async {
        let outcome = await packctl(["tenant"] + arguments + ["--address", "/nonexistent/d.sock"])
        #expect(outcome.status == .usage)
        #expect(outcome.err.hasPrefix("packctl: \(message)\nhint: "), "\(outcome.err)")
    }

    @Test(
        "sizes are read with and without units",
        arguments: [
            ("50GB", 50_000_000_000), ("500 MB", 500_000_000), ("1.5tb", 1_500_000_000_000), ("1000000", 1_000_000),
            ("0", 0), ("2 GiB", 2_147_483_648), ("12kB", 12_000), ("7 bytes", 7),
        ] as [(String, Int64)]
    )
    func sizes(_ text: String, _ bytes: Int64) throws {
        #expect(try ByteSize.bytes(text, option: "--quota") == bytes)
    }

    @Test(
        "what is no size is refused",
        arguments: ["", "GB", "-5GB", "1.GB", ".5GB", "1e9", "5 parsecs", "1.2.3GB", "٣GB"]
    )
    func noSizes(_ text: String) {
        #expect(throws: Complaint.self) { try ByteSize.bytes(text, option: "--quota") }
    }

    @Test("usage tells what is used of what is allowed, and when the next job may start")
    func usage() {
        let now = Date(timeIntervalSince1970: 1_000_000)
        var usage = TenantUsage(
            tenant: Self.quayside,
            storageBytes: 12_345_678_900,
            jobsLastHour: 100,
            nextJobAt: ProtoTimestamp(seconds: 1_000_720),
            liveJobs: 2,
            projects: 5,
            packages: 14,
            archivedPackages: 3
        )
        #expect(
            TenantUsageCommand.lines(usage, time: TimeText(now: now)) == [
                "tenant    quayside",
                "storage   12.3 GB of 50.0 GB (25%)",
                "jobs      100 of 100 started in the last hour; the next may start in 12 min",
                "          2 not ended",
                "projects  5",
                "packages  14, 3 of them archived",
                "archive   3 versions for each platform, kept 30 days",
            ]
        )
        usage.jobsLastHour = 40
        #expect(TenantUsageCommand.lines(usage, time: TimeText(now: now))[2].hasSuffix("; 60 more may start now"))
        usage.tenant?.jobsPerHour = 0
        #expect(TenantUsageCommand.lines(usage, time: TimeText(now: now))[2].hasSuffix("; the plan allows none"))
    }

    @Test("the tenant of a call is that of --tenant, or of the environment; usage without a name is about it")
    func chosen() async throws {
        let daemon = ScriptedDaemon { $0.tenants = [TenantUsage(tenant: Self.quayside)] }
        try await daemon.serve { address in
            _ = await packctl("jobs", "p", "--tenant", "quayside", "--address", address)
            _ = await packctl("--tenant=other", "jobs", "p", "--address", address)
            _ = await packctl("jobs", "p", "--address", address)
            #expect(daemon[\.callers] == ["quayside", "other", nil])
            #expect(await packctl("jobs", "p", "--tenant", "", "--address", address).status == .usage)
            let usage = await packctl("tenant", "usage", "--tenant", "quayside", "--address", address)
            #expect(usage.out.hasPrefix("tenant    quayside\n"), "\(usage.err)")
            let local = await packctl("tenant", "usage", "--address", address)
            #expect(local.err == "packctl: tenant \"local\" does not exist\n")
            let written = try await bash(
                "\"$1\" jobs p --address \"$2\" >/dev/null; \"$1\" tenant usage --address \"$2\" | head -1",
                [PseudoTerminal.built("packctl"), address],
                environment: ["PACKAGING_TENANT": "quayside"]
            )
            #expect(written == "tenant    quayside\n")
            #expect(daemon[\.callers].last == "quayside")
        }
    }

    @Test("list shows every tenant with its plan, and the reply with --json")
    func lists() async throws {
        let daemon = ScriptedDaemon { $0.tenants = [TenantUsage(tenant: Self.quayside)] }
        try await daemon.serve { address in
            let list = await packctl("tenant", "list", "--address", address)
            #expect(
                list.out == """
                    TENANT    STORAGE  JOBS/H  VERSIONS  DAYS  ONE TOO MANY  ID
                    quayside  50.0 GB     100         3    30  is refused    11111111-1111-4111-8111-111111111111

                    """
            )
            let json = await packctl("--json", "tenant", "list", "--address", address)
            #expect(json.out.hasPrefix("{\"tenants\":[{\"id\":\"11111111-"))
        }
        let lines = TenantListCommand.lines([Self.quayside], layout: .init(width: 80))
        #expect(lines.allSatisfy { $0.displayWidth <= 80 })
    }
}
