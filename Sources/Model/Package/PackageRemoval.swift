/// Packages of one tenant that are past their time.
package struct ExpiredPackages: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The packages.
    package var packages: [PackageID]

    /// These packages of `tenant`.
    package init(tenant: TenantID, packages: [PackageID]) {
        self.tenant = tenant
        self.packages = packages
    }
}

/// A place of the blob store that is to be emptied: no row refers to it any more.
package struct BlobRemoval: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The place.
    package var location: BlobLocation

    /// The place `location` of `tenant`.
    package init(tenant: TenantID, location: BlobLocation) {
        self.tenant = tenant
        self.location = location
    }
}

/// A place where a dead attempt of a job may have left bytes.
package struct OrphanedAttempt: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The job.
    package var job: JobID
    /// The attempt.
    package var epoch: Epoch
    /// Where its bytes would lie. No package refers to the place, now or ever.
    package var location: BlobLocation

    /// The place `location` of an attempt.
    package init(tenant: TenantID, job: JobID, epoch: Epoch, location: BlobLocation) {
        self.tenant = tenant
        self.job = job
        self.epoch = epoch
        self.location = location
    }
}
