/// Packages of one tenant that are past their time.
public struct ExpiredPackages: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The packages.
    public var packages: [PackageID]

    /// These packages of `tenant`.
    public init(tenant: TenantID, packages: [PackageID]) {
        self.tenant = tenant
        self.packages = packages
    }
}

/// A place of the blob store that is to be emptied: no row refers to it any more.
public struct BlobRemoval: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The place.
    public var location: BlobLocation

    /// The place `location` of `tenant`.
    public init(tenant: TenantID, location: BlobLocation) {
        self.tenant = tenant
        self.location = location
    }
}

/// A place where a dead attempt of a job may have left bytes.
public struct OrphanedAttempt: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The job.
    public var job: JobID
    /// The attempt.
    public var epoch: Epoch
    /// Where its bytes would lie. No package refers to the place, now or ever.
    public var location: BlobLocation

    /// The place `location` of an attempt.
    public init(tenant: TenantID, job: JobID, epoch: Epoch, location: BlobLocation) {
        self.tenant = tenant
        self.job = job
        self.epoch = epoch
        self.location = location
    }
}
