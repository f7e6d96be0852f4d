package import Model
package import Store

/// Answers questions about jobs, and stops and retries them.
package struct JobService: Sendable {
    private let jobs: JobStore
    private let projects: ProjectStore
    private let wakeUps: WakeUps

    /// A service over these stores. Changes are announced through `wakeUps`.
    package init(jobs: JobStore, projects: ProjectStore, wakeUps: WakeUps) {
        self.jobs = jobs
        self.projects = projects
        self.wakeUps = wakeUps
    }

    /// One job.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such job.
    package func job(_ id: String, tenant: TenantID) async throws(PackagingError) -> PackagingJob {
        guard let id = JobID(id), let job = try await jobs.job(id, tenant: tenant) else {
            throw .nothing(.job, id)
        }
        return job
    }

    /// The jobs of one batch, in the order of platforms.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such batch.
    package func jobs(ofBatch id: String, tenant: TenantID) async throws(PackagingError) -> [PackagingJob] {
        let found: [PackagingJob]
        if let batch = BatchID(id) {
            found = try await jobs.jobs(batch: batch, tenant: tenant)
        } else {
            found = []
        }
        guard !found.isEmpty else {
            throw .nothing(.batch, id)
        }
        return found
    }

    /// A project's jobs, newest first.
    ///
    /// - Parameter batch: Only jobs of this batch are returned; jobs of all batches when empty.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project, or the project no such batch.
    package func jobs(
        ofProject reference: String,
        batch: String,
        _ page: PageRequest,
        tenant: TenantID
    ) async throws(PackagingError) -> Page<PackagingJob> {
        guard let project = try await projects.id(of: reference, tenant: tenant) else {
            throw .noProject(reference)
        }
        let wanted = BatchID(batch)
        guard batch.isEmpty || wanted != nil else { throw .nothing(.batch, batch) }
        let cursor = try page.cursor()
        let found = try await jobs.jobs(
            project: project,
            batch: wanted,
            after: cursor,
            limit: page.limit,
            tenant: tenant
        )
        // A batch has jobs as long as it is there.
        guard batch.isEmpty || cursor != nil || !found.elements.isEmpty else { throw .nothing(.batch, batch) }
        return found
    }

    /// Stops a job: a queued job at once, a running job as soon as its daemon is told.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such job.
    package func cancel(job id: String, tenant: TenantID) async throws(PackagingError) -> PackagingJob {
        let job = try await job(id, tenant: tenant)
        let cancelled = try await jobs.cancel(job.id, tenant: tenant) ?? job
        tell(cancelled)
        return cancelled
    }

    /// Stops all jobs of a batch.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such batch.
    package func cancel(batch id: String, tenant: TenantID) async throws(PackagingError) -> [PackagingJob] {
        let jobs = try await jobs(ofBatch: id, tenant: tenant)
        let cancelled = try await self.jobs.cancel(batch: jobs[0].batch, tenant: tenant)
        tell(jobs[0])
        return cancelled
    }

    /// Queues a failed or a cancelled job again.
    ///
    /// - Throws: ``PackagingError`` with code `notFound`, or `failedPrecondition` if it is neither or another job
    ///   packages for the same platform now.
    package func retry(job id: String, tenant: TenantID) async throws(PackagingError) -> PackagingJob {
        let job = try await jobs.retry(try await job(id, tenant: tenant).id, tenant: tenant)
        tell(job)
        return job
    }

    private func tell(_ job: PackagingJob) {
        wakeUps.newJobs()
        wakeUps.events(of: [job.project])
    }
}
