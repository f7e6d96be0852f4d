package import Model
internal import Postgres

extension JobStore {
    /// Claims due jobs of one batch, for the tenant that has waited longest and is below its cap.
    ///
    /// - Parameter limit: The most jobs to claim. All due jobs of the batch are claimed if the limit and the tenant's
    ///   cap allow it.
    /// - Returns: The claims, in the order of platforms. Empty if no tenant below its cap has a due job, and also if
    ///   another daemon claims at this moment for the only such tenant.
    package func claim(owner: InstanceID, limit: Int) async throws(PackagingError) -> [Claim] {
        try await wrapped {
            try await queue.query(
                """
                SELECT tenant_id, project_id, batch_id, job_id, platform_id, epoch, attempt, lease_seconds,
                    blob_container, blob_path
                FROM packaging.claim(\(owner), \(limit)::integer)
                """
            ).map(Claim.init)
        }
    }

    /// Renews the leases of all jobs that this daemon works on, in one statement, and writes their progress.
    ///
    /// Progress becomes an event when the percent rose, or when it is the same and the step changed, at most once a
    /// second for each job.
    ///
    /// - Parameter limit: How long that may take; the usual limits hold when nil.
    /// - Returns: An answer for each job that still belongs to this daemon. A job without an answer belongs to another
    ///   attempt: its work must be stopped and dropped.
    package func beat(
        _ claims: [(claim: Claim, progress: JobProgress)],
        within limit: Duration? = nil
    ) async throws(PackagingError) -> [Beat] {
        let beats = try StoreJSON.encode(claims.map { BeatDocument($0.claim, $0.progress) })
        return try await wrapped {
            try await queue.query(
                """
                SELECT tenant_id, project_id, job_id, epoch, cancel_requested, told, lease_seconds
                FROM packaging.beat(\(beats))
                """,
                within: limit
            ).map(Beat.init)
        }
    }

    /// Takes back jobs of all tenants whose lease has expired. A job is cancelled if it was asked to stop, failed if
    /// this was the fourth daemon that it lost, and queued again otherwise.
    ///
    /// - Parameters:
    ///   - limit: The most jobs to take back.
    ///   - time: How long that may take; the usual limits hold when nil.
    package func sweep(limit: Int = 100, within time: Duration? = nil) async throws(PackagingError) -> [SweptJob] {
        try await wrapped {
            try await queue.query(
                "SELECT tenant_id, project_id, job_id, status FROM packaging.sweep(\(limit)::integer)",
                within: time
            ).map { row in
                SweptJob(
                    tenant: try row.decode("tenant_id"),
                    project: try row.decode("project_id"),
                    job: try row.decode("job_id"),
                    status: try row.decode("status")
                )
            }
        }
    }

    /// Moves a job on to `status` and renews its lease. `status` must be a running status, and not one before the job's
    /// own.
    ///
    /// - Returns: The number of the event; nil if the job belongs to another attempt.
    package func advance(
        _ claim: Claim,
        to status: JobStatus,
        _ progress: JobProgress
    ) async throws(PackagingError) -> Int64? {
        try await wrapped {
            try await client.query(
                """
                SELECT packaging.advance(
                    \(claim.tenant), \(claim.job), \(claim.epoch.value), \(status), \(progress.percent)::integer,
                    \(progress.step), \(progress.remainingMilliseconds as Int64?)
                ) AS sequence
                """,
                as: claim.tenant
            ).first?.decode(Int64?.self, "sequence") ?? nil
        }
    }
}

/// A heartbeat in the form that `beat` reads.
private struct BeatDocument: Encodable {
    let tenant: TenantID
    let job: JobID
    let epoch: Int64
    let status: JobStatus?
    let percent: Int
    let step: String
    let remaining_ms: Int64?

    init(_ claim: Claim, _ progress: JobProgress) {
        tenant = claim.tenant
        job = claim.job
        epoch = claim.epoch.value
        status = progress.status
        percent = progress.percent
        step = progress.step
        remaining_ms = progress.remainingMilliseconds
    }
}

extension Claim {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            tenant: try row.decode("tenant_id"),
            project: try row.decode("project_id"),
            batch: try row.decode("batch_id"),
            job: try row.decode("job_id"),
            platform: try row.decode("platform_id"),
            epoch: Epoch(try row.decode("epoch")),
            attempt: Int(try row.decode(Int32.self, "attempt")),
            location: BlobLocation(container: try row.decode("blob_container"), path: try row.decode("blob_path")),
            lease: .seconds(try row.decode(Int32.self, "lease_seconds"))
        )
    }
}

extension Beat {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            tenant: try row.decode("tenant_id"),
            project: try row.decode("project_id"),
            job: try row.decode("job_id"),
            epoch: Epoch(try row.decode("epoch")),
            isCancelRequested: try row.decode("cancel_requested"),
            hasEvent: try row.decode("told"),
            lease: .seconds(try row.decode(Int32.self, "lease_seconds"))
        )
    }
}

extension JobProgress {
    /// The remaining time in whole milliseconds, as the queue's functions take it.
    fileprivate var remainingMilliseconds: Int64? {
        remaining.map { $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000 }
    }
}
