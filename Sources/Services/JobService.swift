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
            throw Self.nothing("job", id)
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
            throw Self.nothing("batch", id)
        }
        return found
    }

    /// A project's jobs, newest first.
    ///
    /// - Parameter batch: Only jobs of this batch are returned; jobs of all batches when empty.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project.
    package func jobs(
        ofProject reference: String,
        batch: String,
        _ page: PageRequest,
        tenant: TenantID
    ) async throws(PackagingError) -> Page<PackagingJob> {
        guard let project = try await projects.id(of: reference, tenant: tenant) else {
            throw .noProject(reference)
        }
        var wanted: BatchID?
        if !batch.isEmpty {
            guard let id = BatchID(batch) else { throw .invalid("batch_id", "is not a UUID") }
            wanted = id
        }
        return try await jobs.jobs(
            project: project,
            batch: wanted,
            after: try page.cursor(),
            limit: page.limit,
            tenant: tenant
        )
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

    /// Queues a failed job again.
    ///
    /// - Throws: ``PackagingError`` with code `notFound`, or `failedPrecondition` if it is not failed or another job
    ///   packages for the same platform now.
    package func retry(job id: String, tenant: TenantID) async throws(PackagingError) -> PackagingJob {
        let job = try await jobs.retry(try await job(id, tenant: tenant).id, tenant: tenant)
        tell(job)
        return job
    }

    /// The same for an id that never was, that another tenant has, and of a job that was removed.
    private static func nothing(_ kind: String, _ id: String) -> PackagingError {
        PackagingError(
            .notFound,
            "\(kind) \"\(id.prefix(80))\" does not exist",
            detail: "Ended jobs are removed after a time, unless the package that they made is there.",
            hint: "List a project's jobs with \"packctl jobs PROJECT\"."
        )
    }

    private func tell(_ job: PackagingJob) {
        wakeUps.newJobs()
        wakeUps.events(of: [job.project])
    }
}
