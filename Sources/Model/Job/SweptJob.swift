/// A job whose daemon was lost, and its new status.
package struct SweptJob: Sendable, Hashable {
    /// The tenant.
    package var tenant: TenantID
    /// The project.
    package var project: ProjectID
    /// The job.
    package var job: JobID
    /// ``JobStatus/queued``, ``JobStatus/failed`` or ``JobStatus/cancelled``.
    package var status: JobStatus

    /// A job with these values.
    package init(tenant: TenantID, project: ProjectID, job: JobID, status: JobStatus) {
        self.tenant = tenant
        self.project = project
        self.job = job
        self.status = status
    }
}
