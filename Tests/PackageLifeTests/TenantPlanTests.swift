import Model
import Services
import Store
import TestSupport
import Testing

@Suite("Plans of tenants")
struct TenantPlanTests {
    private func plan(_ name: String, id: String = "") -> TenantPlan {
        TenantPlan(
            id: id,
            name: name,
            quotaBytes: 1000,
            defaultRetentionDays: 14,
            versionLimit: 5,
            dropsOldestVersion: true,
            jobsPerHour: 20
        )
    }

    @Test("a tenant is made once, changed by its name or id, and listed by name")
    func puts() async throws {
        try await PackageLife.with { life in
            let service = TenantService(tenants: life.store.tenants)
            let made = try await service.put(plan("zoe"))
            #expect((made.quotaBytes, made.defaultRetentionDays, made.versionLimit) == (1000, 14, 5))
            #expect(made.dropsOldestVersion && made.jobsPerHour == 20)
            var changed = plan("zoe")
            changed.versionLimit = 1
            changed.dropsOldestVersion = false
            #expect(try await service.put(changed).id == made.id)
            let renamed = try await service.put(plan("adam", id: made.id.description))
            #expect(renamed.id == made.id && renamed.name == "adam" && renamed.versionLimit == 5)
            #expect(try await service.usage(of: "adam").tenant.id == made.id)

            let first = try await service.tenants(after: "", limit: 1)
            #expect(first.tenants == [renamed] && !first.isLast)
            let second = try await service.tenants(after: "adam", limit: 1)
            #expect(second.tenants.map(\.name) == ["local"] && second.isLast)
        }
    }

    @Test("all fields that are out of bounds are named in one error")
    func bounds() async throws {
        try await PackageLife.with { life in
            let service = TenantService(tenants: life.store.tenants)
            var bad = plan("Zoe")
            bad.quotaBytes = -1
            bad.defaultRetentionDays = 6
            bad.versionLimit = 0
            bad.jobsPerHour = 1_000_001
            let error = await #expect(throws: PackagingError.self) { try await service.put(bad) }
            #expect(error?.code == .invalidArgument)
            #expect(
                error?.fields.map(\.field) == [
                    "name", "quota_bytes", "default_retention_days", "version_limit", "jobs_per_hour",
                ]
            )
            #expect(error?.message.contains("default_retention_days is 6, and not 7 through 90") == true)
            let known = try await service.tenants(after: "", limit: 10)
            #expect(known.tenants.count == 1)
        }
    }

    @Test("names that could be mistaken for another tenant, and tenants that do not exist, are refused")
    func names() async throws {
        try await PackageLife.with { life in
            let service = TenantService(tenants: life.store.tenants)
            let refusals: [(TenantPlan, PackagingError.Code)] = [
                (plan(life.tenant.description), .invalidArgument), (plan("-a"), .invalidArgument),
                (plan(""), .invalidArgument), (plan("mine", id: life.tenant.description), .invalidArgument),
                (plan("a", id: TenantID.random().description), .notFound), (plan("a", id: "no id"), .notFound),
                (plan("local", id: try await service.put(plan("b")).id.description), .alreadyExists),
            ]
            for (plan, code) in refusals {
                let error = await #expect(throws: PackagingError.self) { try await service.put(plan) }
                #expect(error?.code == code, "\(plan)")
            }
        }
    }
}
