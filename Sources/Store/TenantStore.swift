package import Model
internal import Postgres

/// The tenants and their plans.
package struct TenantStore: Sendable {
    let client: PostgresClient

    /// The tenant with this name or id; nil if there is none.
    package func tenant(named nameOrID: String) async throws(PackagingError) -> Tenant? {
        try await wrapped {
            try await client.query("SELECT \(Tenant.columns) FROM packaging.find_tenant(\(nameOrID))").first.map(
                Tenant.init
            )
        }
    }

    /// Tenants in the order of their names, after `name`.
    package func tenants(after name: String = "", limit: Int) async throws(PackagingError) -> [Tenant] {
        try await wrapped {
            try await client.query(
                "SELECT \(Tenant.columns) FROM packaging.list_tenants(\(name), \(limit)::integer)"
            ).map(Tenant.init)
        }
    }

    /// Makes the tenant, or changes the tenant that has its id.
    ///
    /// - Throws: ``PackagingError`` with code `alreadyExists` if another tenant has its name, `invalidArgument` if the
    ///   plan is out of bounds.
    package func put(_ tenant: Tenant) async throws(PackagingError) {
        do {
            _ = try await client.execute(
                """
                INSERT INTO packaging.tenants AS t (
                    id, name, quota_bytes, default_retention_days, version_limit, drops_oldest_version, jobs_per_hour,
                    running_cap
                )
                VALUES (
                    \(tenant.id), \(tenant.name), \(tenant.quotaBytes), \(tenant.defaultRetentionDays),
                    \(tenant.versionLimit), \(tenant.dropsOldestVersion), \(tenant.jobsPerHour), \(tenant.runningCap)
                )
                ON CONFLICT (id) DO UPDATE SET
                    name = EXCLUDED.name, quota_bytes = EXCLUDED.quota_bytes,
                    default_retention_days = EXCLUDED.default_retention_days, version_limit = EXCLUDED.version_limit,
                    drops_oldest_version = EXCLUDED.drops_oldest_version, jobs_per_hour = EXCLUDED.jobs_per_hour,
                    running_cap = EXCLUDED.running_cap
                """,
                as: tenant.id
            )
        } catch  where error.sqlState == .uniqueViolation {
            throw PackagingError(.alreadyExists, "tenant \"\(tenant.name)\" exists", cause: error)
        } catch  where error.sqlState == .checkViolation {
            throw PackagingError(
                .invalidArgument,
                "the plan of tenant \"\(tenant.name)\" is out of bounds",
                cause: error
            )
        } catch {
            throw PackagingError(error)
        }
    }
}

extension Tenant {
    fileprivate static let columns: SQL = """
        id, name, quota_bytes, default_retention_days, version_limit, drops_oldest_version, jobs_per_hour, running_cap
        """

    init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            id: try row.decode("id"),
            name: try row.decode("name"),
            quotaBytes: try row.decode("quota_bytes"),
            defaultRetentionDays: Int(try row.decode(Int32.self, "default_retention_days")),
            versionLimit: Int(try row.decode(Int32.self, "version_limit")),
            dropsOldestVersion: try row.decode("drops_oldest_version"),
            jobsPerHour: Int(try row.decode(Int32.self, "jobs_per_hour")),
            runningCap: Int(try row.decode(Int32.self, "running_cap"))
        )
    }
}
