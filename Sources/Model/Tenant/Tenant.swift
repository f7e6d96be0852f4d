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
}
