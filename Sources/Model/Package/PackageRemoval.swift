/// Packages of one tenant that have expired.
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

/// A location in the blob store whose bytes are to be deleted, because no row refers to it any more.
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

/// A location where a dead attempt of a job may have left bytes.
package struct OrphanedAttempt: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The job.
    package var job: JobID
    /// The attempt.
    package var epoch: Epoch
    /// Where its bytes may be. No package refers to this location, now or later.
    package var location: BlobLocation

    /// The place `location` of an attempt.
    package init(tenant: TenantID, job: JobID, epoch: Epoch, location: BlobLocation) {
        self.tenant = tenant
        self.job = job
        self.epoch = epoch
        self.location = location
    }
}
