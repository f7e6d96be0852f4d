/// A tenant and its plan.
package struct Tenant: Sendable, Hashable {
    /// Identifies it.
    package var id: TenantID
    /// A name for people, unique: 1 to 63 of a-z, 0-9 and `-`.
    package var name: String
    /// Bytes of packages it may keep.
    package var quotaBytes: Int64
    /// How many days an archived package is kept unless the request says otherwise, 7 through 90.
    package var defaultRetentionDays: Int
    /// Archived versions it may keep per project and platform, at least 1.
    package var versionLimit: Int
    /// Whether archiving one version more than the limit deletes the oldest; otherwise it is refused.
    package var dropsOldestVersion: Bool
    /// Jobs that it may start in any hour.
    package var jobsPerHour: Int
    /// The most jobs of the tenant that may run at once.
    package var runningCap: Int

    /// The tenant of a daemon that serves one person. Every database has it.
    package static let localID = TenantID(high: 0x4000, low: 0x8000_0000_0000_0001)

    /// A tenant with this plan.
    package init(
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
}
