package import Model
internal import Postgres

/// Batches, jobs and the queue.
package struct JobStore: Sendable {
    let client: PostgresClient
    /// Connections for what keeps the queue alive: claims, beats, sweeps and giving back.
    let queue: PostgresClient

    // MARK: Reading

    /// One job; nil if the tenant has no such job.
    package func job(_ id: JobID, tenant: TenantID) async throws(PackagingError) -> PackagingJob? {
        try await wrapped {
            try await client.query(
                """
                SELECT \(PackagingJob.columns) FROM packaging.packaging_jobs
                WHERE tenant_id = \(tenant) AND id = \(id)
                """,
                as: tenant
            ).first.map(PackagingJob.init)
        }
    }

    /// A batch's jobs, in the order of platforms; empty if the tenant has no such batch.
    package func jobs(batch: BatchID, tenant: TenantID) async throws(PackagingError) -> [PackagingJob] {
        try await wrapped {
            try await client.query(
                """
                SELECT \(PackagingJob.columns) FROM packaging.packaging_jobs
                WHERE tenant_id = \(tenant) AND batch_id = \(batch)
                ORDER BY packaging.platform_rank(platform_id)
                """,
                as: tenant
            ).map(PackagingJob.init)
        }
    }

    /// A project's jobs, newest first.
    ///
    /// - Parameter batch: Only jobs of this batch are returned; jobs of all batches when nil.
    package func jobs(
        project: ProjectID,
        batch: BatchID? = nil,
        after cursor: PageCursor? = nil,
        limit: Int,
        tenant: TenantID
    ) async throws(PackagingError) -> Page<PackagingJob> {
        let after = cursor ?? .start
        let ofBatch: SQL = batch.map { "AND batch_id = \($0)" } ?? ""
        let rows = try await wrapped {
            try await client.query(
                """
                SELECT \(PackagingJob.columns) FROM packaging.packaging_jobs
                WHERE tenant_id = \(tenant) AND project_id = \(project) \(ofBatch)
                    AND (created_at, id) < (\(after.at), \(after.id() as JobID))
                ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
                """,
                as: tenant
            ).map(PackagingJob.init)
        }
        return Page(rows, limit: limit) { PageCursor($0.createdAt, $0.id) }
    }

    // MARK: Stopping and retrying

    /// Stops a job: a queued job at once, a running job as soon as its daemon is told. A job that has ended stays as it
    /// is.
    ///
    /// - Returns: The job afterwards; nil if the tenant has no such job.
    package func cancel(_ job: JobID, tenant: TenantID) async throws(PackagingError) -> PackagingJob? {
        try await wrapped {
            _ = try await client.query("SELECT packaging.cancel(\(tenant), \([job]))", as: tenant)
        }
        return try await self.job(job, tenant: tenant)
    }

    /// Stops all jobs of a batch, as ``cancel(_:tenant:)`` does.
    ///
    /// - Returns: The jobs afterwards; empty if the tenant has no such batch.
    package func cancel(batch: BatchID, tenant: TenantID) async throws(PackagingError) -> [PackagingJob] {
        try await wrapped {
            _ = try await client.query(
                """
                SELECT packaging.cancel(\(tenant), ARRAY(
                    SELECT id FROM packaging.packaging_jobs WHERE tenant_id = \(tenant) AND batch_id = \(batch)
                ))
                """,
                as: tenant
            )
        }
        return try await jobs(batch: batch, tenant: tenant)
    }

    /// Queues a failed or a cancelled job again. Its earlier attempts are kept.
    ///
    /// - Throws: ``PackagingError`` with code `notFound`; `failedPrecondition` if the job is neither (reason
    ///   `JOB_NOT_FAILED`) or another job packages for the same platform now (`JOB_LIVE`, whose id is in the metadata).
    package func retry(_ job: JobID, tenant: TenantID) async throws(PackagingError) -> PackagingJob {
        let (outcome, live) = try await wrapped {
            let rows = try await client.query(
                "SELECT outcome, live_job_id FROM packaging.retry(\(tenant), \(job))",
                as: tenant
            )
            return (
                try rows.first?.decode(String.self, "outcome") ?? "", try rows.first?.decode(JobID?.self, "live_job_id")
            )
        }
        switch outcome {
        case "queued":
            if let job = try await self.job(job, tenant: tenant) { return job }
            throw .nothing(.job, job.description)
        case "not_found":
            throw .nothing(.job, job.description)
        case "not_ended":
            throw PackagingError(
                .failedPrecondition,
                "cannot queue job \"\(job)\" again: it has not ended",
                reason: "JOB_NOT_FAILED",
                hint: "Follow it with \"packctl watch \(job)\", or stop it with \"packctl cancel \(job)\"."
            )
        case "completed":
            throw PackagingError(
                .failedPrecondition,
                "cannot queue job \"\(job)\" again: it is completed",
                reason: "JOB_NOT_FAILED",
                hint: "A failed or a cancelled job can be queued again. \"packctl create PROJECT\" makes new packages."
            )
        case "live":
            throw PackagingError(
                .failedPrecondition,
                "cannot queue job \"\(job)\" again: job \"\(live?.description ?? "")\" makes the same package now",
                reason: "JOB_LIVE",
                hint: live.map {
                    "Follow that one with \"packctl watch \($0)\", or stop it with \"packctl cancel \($0)\"."
                },
                metadata: live.map { ["jobId": $0.description] } ?? [:]
            )
        default:
            throw .unexpected(outcome, from: "retry")
        }
    }

    /// Wakes daemons that wait for jobs. This runs in a transaction of its own, because NOTIFY makes commits wait for
    /// each other.
    package func notify() async throws(PackagingError) {
        try await wrapped { _ = try await client.query("SELECT pg_notify(\(StoreChannel.jobs), '')") }
    }
}

extension PackagingJob {
    fileprivate static let columns: SQL = """
        id, project_id, batch_id, platform_id, status, progress_percent, current_step, error_message,
        error_reason, package_id, attempt, epoch, cancel_requested_at, recipe_digest, created_at, started_at, completed_at,
        estimated_completion_at, last_sequence,
        \(Principal.name(ofColumn: "packaging_jobs.created_by", in: "packaging_jobs")) AS created_by
        """

    init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            id: try row.decode("id"),
            project: try row.decode("project_id"),
            batch: try row.decode("batch_id"),
            platform: try row.decode("platform_id"),
            status: try row.decode("status"),
            progressPercent: Int(try row.decode(Int32.self, "progress_percent")),
            currentStep: try row.decode("current_step"),
            errorMessage: try row.decode("error_message"),
            errorReason: try row.decode("error_reason"),
            package: try row.decode("package_id"),
            attempt: Int(try row.decode(Int32.self, "attempt")),
            epoch: try row.decode(Int64?.self, "epoch").map(Epoch.init),
            isCancelRequested: try row.decode(Instant?.self, "cancel_requested_at") != nil,
            recipe: try row.decode("recipe_digest"),
            createdAt: try row.decode("created_at"),
            startedAt: try row.decode("started_at"),
            completedAt: try row.decode("completed_at"),
            estimatedCompletionAt: try row.decode("estimated_completion_at"),
            lastSequence: try row.decode("last_sequence"),
            createdBy: try row.decode("created_by")
        )
    }
}
