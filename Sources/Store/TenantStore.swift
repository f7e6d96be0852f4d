public import Model
internal import Postgres

/// A tenant and its plan.
public struct Tenant: Sendable, Hashable {
    /// Identifies it.
    public var id: TenantID
    /// A name for people, unique: 1 to 63 of a-z, 0-9 and `-`.
    public var name: String
    /// Bytes of packages it may keep.
    public var quotaBytes: Int64
    /// How long an archived package is kept unless said otherwise, 7 through 90.
    public var defaultRetentionDays: Int
    /// Archived versions it may keep per project and platform, at least 1.
    public var versionLimit: Int
    /// Whether archiving one more version deletes the oldest; it is refused otherwise.
    public var dropsOldestVersion: Bool
    /// Jobs it may start in any hour.
    public var jobsPerHour: Int
    /// Jobs of it that run at once, at most.
    public var runningCap: Int

    /// The tenant of a daemon that serves one person; every database has it.
    public static let localID = TenantID(high: 0x4000, low: 0x8000_0000_0000_0001)

    /// A tenant with this plan.
    public init(
        id: TenantID,
        name: String,
        quotaBytes: Int64 = 1_000_000_000,
        defaultRetentionDays: Int = 30,
        versionLimit: Int = 3,
        dropsOldestVersion: Bool = false,
        jobsPerHour: Int = 100,
        runningCap: Int = 10
    ) {
        self.id = id
        self.name = name
        self.quotaBytes = quotaBytes
        self.defaultRetentionDays = defaultRetentionDays
        self.versionLimit = versionLimit
        self.dropsOldestVersion = dropsOldestVersion
        self.jobsPerHour = jobsPerHour
        self.runningCap = runningCap
    }

    fileprivate static let columns: SQL = """
        id, name, quota_bytes, default_retention_days, version_limit, drops_oldest_version, jobs_per_hour, running_cap
        """

    init(_ row: PostgresRow) throws(PostgresError) {
        id = try row.decode("id")
        name = try row.decode("name")
        quotaBytes = try row.decode("quota_bytes")
        defaultRetentionDays = Int(try row.decode(Int32.self, "default_retention_days"))
        versionLimit = Int(try row.decode(Int32.self, "version_limit"))
        dropsOldestVersion = try row.decode("drops_oldest_version")
        jobsPerHour = Int(try row.decode(Int32.self, "jobs_per_hour"))
        runningCap = Int(try row.decode(Int32.self, "running_cap"))
    }
}

/// Who rents, and on which plan.
public struct TenantStore: Sendable {
    let client: PostgresClient

    /// The tenant with this name or id; nil if there is none.
    public func tenant(named nameOrID: String) async throws(PackagingError) -> Tenant? {
        try await wrapped {
            try await client.query("SELECT \(Tenant.columns) FROM packaging.find_tenant(\(nameOrID))").first.map(
                Tenant.init
            )
        }
    }

    /// Tenants in the order of their names, after `name`.
    public func tenants(after name: String = "", limit: Int) async throws(PackagingError) -> [Tenant] {
        try await wrapped {
            try await client.query(
                "SELECT \(Tenant.columns) FROM packaging.list_tenants(\(name), \(limit)::integer)"
            ).map(Tenant.init)
        }
    }

    /// Makes the tenant, or changes the one with its id.
    ///
    /// - Throws: ``PackagingError`` with code `alreadyExists` if another tenant has its name, `invalidArgument` if the
    ///   plan is out of bounds.
    public func put(_ tenant: Tenant) async throws(PackagingError) {
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
