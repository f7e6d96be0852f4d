/// A job whose daemon was lost, and what became of it.
public struct SweptJob: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The project.
    public var project: ProjectID
    /// The job.
    public var job: JobID
    /// ``JobStatus/queued``, ``JobStatus/failed`` or ``JobStatus/cancelled``.
    public var status: JobStatus

    /// A job with these values.
    public init(tenant: TenantID, project: ProjectID, job: JobID, status: JobStatus) {
        self.tenant = tenant
        self.project = project
        self.job = job
        self.status = status
    }
}
