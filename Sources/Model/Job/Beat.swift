/// The answer to a heartbeat about a job that is still this daemon's.
public struct Beat: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The project.
    public var project: ProjectID
    /// The job.
    public var job: JobID
    /// The attempt that holds it.
    public var epoch: Epoch
    /// Whether somebody asked to stop it.
    public var isCancelRequested: Bool
    /// Whether the beat made an event.
    public var hasEvent: Bool
    /// How long the lease holds, from when the database answered.
    public var lease: Duration

    /// An answer with these values.
    public init(
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
