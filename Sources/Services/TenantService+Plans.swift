package import Model
import Store

/// A tenant's plan, as an operator sets it.
package struct TenantPlan: Sendable, Hashable {
    /// The tenant's id. When empty, the name identifies the tenant, which is made if it does not exist.
    package var id: String
    /// A unique name for people: 1 to 63 characters of a-z, 0-9 and `-`.
    package var name: String
    /// The bytes of packages that the tenant may keep.
    package var quotaBytes: Int64
    /// The number of days that an archived package is kept if the request does not say otherwise.
    package var defaultRetentionDays: Int
    /// The number of archived versions that the tenant may keep per project and platform.
    package var versionLimit: Int
    /// Whether archiving one version too many deletes the oldest one. Otherwise the request is refused.
    package var dropsOldestVersion: Bool
    /// The number of jobs that the tenant may start within any hour.
    package var jobsPerHour: Int

    /// A plan with these values.
    package init(
        id: String,
        name: String,
        quotaBytes: Int64,
        defaultRetentionDays: Int,
        versionLimit: Int,
        dropsOldestVersion: Bool,
        jobsPerHour: Int
    ) {
        self.id = id
        self.name = name
        self.quotaBytes = quotaBytes
        self.defaultRetentionDays = defaultRetentionDays
        self.versionLimit = versionLimit
        self.dropsOldestVersion = dropsOldestVersion
        self.jobsPerHour = jobsPerHour
    }

    /// The fields that are out of bounds, with the field names of the proto file.
    var violations: [PackagingError.FieldViolation] {
        func within(_ bounds: ClosedRange<Int64>, _ value: Int64, _ field: String) -> PackagingError.FieldViolation? {
            guard !bounds.contains(value) else { return nil }
            return .init(
                field: field,
                description: "is \(value), and not \(bounds.lowerBound) through \(bounds.upperBound)"
            )
        }
        let isProper =
            StoreLimits.tenantNameLength.contains(name.utf8.count) && name.first != "-"
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
        return [
            // A name that looks like an id could be mistaken for the id of another tenant.
            isProper && TenantID(name) == nil
                ? nil
                : .init(
                    field: "name",
                    description: "is not 1 to 63 of a-z, 0-9 and \"-\", beginning with no \"-\", and no UUID"
                ),
            within(0...1_000_000_000_000_000, quotaBytes, "quota_bytes"),
            within(
                Int64(PackageService.retention.lowerBound)...Int64(PackageService.retention.upperBound),
                Int64(defaultRetentionDays),
                "default_retention_days"
            ),
            within(1...1000, Int64(versionLimit), "version_limit"),
            within(0...1_000_000, Int64(jobsPerHour), "jobs_per_hour"),
        ].compactMap(\.self)
    }
}

extension TenantService {
    /// Tenants in the order of their names, after `name`, and whether they are the last.
    package func tenants(
        after name: String,
        limit: Int
    ) async throws(PackagingError) -> (tenants: [Tenant], isLast: Bool) {
        let found = try await tenants.tenants(after: name, limit: limit + 1)
        return (Array(found.prefix(limit)), found.count <= limit)
    }

    /// Makes a tenant with this plan, or gives the plan to the existing tenant.
    ///
    /// - Returns: The tenant as it is now.
    /// - Throws: ``PackagingError`` with code `invalidArgument` that names every field out of bounds, `notFound` if no
    ///   tenant has the id, `alreadyExists` if another one has the name.
    package func put(_ plan: TenantPlan) async throws(PackagingError) -> Tenant {
        let violations = plan.violations
        guard violations.isEmpty else {
            let words = violations.map { "\($0.field) \($0.description)" }
            throw PackagingError(
                .invalidArgument,
                "cannot put tenant \"\(plan.name.prefix(80))\": \(words.joined(separator: "; "))",
                fields: violations
            )
        }
        var tenant = Tenant(id: .random(), name: plan.name)
        if plan.id.isEmpty {
            if let known = try await tenants.tenant(named: plan.name) { tenant = known }
        } else {
            guard let id = TenantID(plan.id), let known = try await tenants.tenant(named: id.description) else {
                throw .nothing(.tenant, plan.id)
            }
            tenant = known
        }
        guard tenant.id != Tenant.localID || plan.name == tenant.name else {
            throw .invalid("name", "cannot be changed: every daemon knows the tenant \"\(tenant.name)\" by it")
        }
        tenant.name = plan.name
        tenant.quotaBytes = plan.quotaBytes
        tenant.defaultRetentionDays = plan.defaultRetentionDays
        tenant.versionLimit = plan.versionLimit
        tenant.dropsOldestVersion = plan.dropsOldestVersion
        tenant.jobsPerHour = plan.jobsPerHour
        try await tenants.put(tenant)
        return tenant
    }
}
