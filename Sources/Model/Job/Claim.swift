/// A job that this daemon works on until its lease ends, with the numbers and the location that its writes must use.
package struct Claim: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The project.
    package var project: ProjectID
    /// The batch. Claims of one batch share their renders.
    package var batch: BatchID
    /// The job.
    package var job: JobID
    /// The platform.
    package var platform: Platform
    /// This attempt.
    package var epoch: Epoch
    /// How many attempts have begun, including this one.
    package var attempt: Int
    /// The only place where this attempt may put its package.
    package var location: BlobLocation
    /// How long the claim lasts, counted from when the database made it. A daemon counts from when it *asked*, on its
    /// own clock, which cannot be set.
    package var lease: Duration

    /// A claim with these values.
    package init(
        tenant: TenantID,
        project: ProjectID,
        batch: BatchID,
        job: JobID,
        platform: Platform,
        epoch: Epoch,
        attempt: Int,
        location: BlobLocation,
        lease: Duration
    ) {
        self.tenant = tenant
        self.project = project
        self.batch = batch
        self.job = job
        self.platform = platform
        self.epoch = epoch
        self.attempt = attempt
        self.location = location
        self.lease = lease
    }
}
