/// What a tenant uses of its plan.
package struct TenantUsage: Sendable, Hashable {
    /// Bytes of all packages; shared bytes count once.
    package var storageBytes: Int64
    /// The jobs that were started within the last hour.
    package var jobsLastHour: Int
    /// When the oldest of these jobs is an hour old, so that one more may be started; nil if there are none.
    package var nextJobAt: Instant?
    /// The jobs that have not ended.
    package var liveJobs: Int
    /// The books.
    package var projects: Int
    /// The packages that have not expired.
    package var packages: Int
    /// Those of the packages that are archived.
    package var archivedPackages: Int

    /// A usage with these values.
    package init(
        storageBytes: Int64,
        jobsLastHour: Int,
        nextJobAt: Instant?,
        liveJobs: Int,
        projects: Int,
        packages: Int,
        archivedPackages: Int
    ) {
        self.storageBytes = storageBytes
        self.jobsLastHour = jobsLastHour
        self.nextJobAt = nextJobAt
        self.liveJobs = liveJobs
        self.projects = projects
        self.packages = packages
        self.archivedPackages = archivedPackages
    }
}
