/// The answer to a heartbeat about a job that is still this daemon's.
package struct Beat: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The project.
    package var project: ProjectID
    /// The job.
    package var job: JobID
    /// The attempt that holds it.
    package var epoch: Epoch
    /// Whether somebody asked to stop it.
    package var isCancelRequested: Bool
    /// Whether the beat made an event.
    package var hasEvent: Bool
    /// How long the lease holds, from when the database answered.
    package var lease: Duration

    /// An answer with these values.
    package init(
        tenant: TenantID,
        project: ProjectID,
        job: JobID,
        epoch: Epoch,
        isCancelRequested: Bool,
        hasEvent: Bool,
        lease: Duration
    ) {
        self.tenant = tenant
        self.project = project
        self.job = job
        self.epoch = epoch
        self.isCancelRequested = isCancelRequested
        self.hasEvent = hasEvent
        self.lease = lease
    }
}
