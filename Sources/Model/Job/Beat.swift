/// The answer to a heartbeat for a job that still belongs to this daemon.
package struct Beat: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The project.
    package var project: ProjectID
    /// The job.
    package var job: JobID
    /// The attempt that holds the job.
    package var epoch: Epoch
    /// Whether a user asked to stop the job.
    package var isCancelRequested: Bool
    /// Whether the heartbeat made an event.
    package var hasEvent: Bool
    /// How long the lease lasts, counted from when the database renewed it. A daemon counts from when it *asked*.
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
