public import Model
internal import Postgres

/// A job that this daemon works on until its lease ends, and what it may write as.
public struct Claim: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The project.
    public var project: ProjectID
    /// The batch. Claims of one batch share their renders.
    public var batch: BatchID
    /// The job.
    public var job: JobID
    /// The platform.
    public var platform: Platform
    /// This try.
    public var epoch: Epoch
    /// How many tries began, this one counted.
    public var attempt: Int
    /// The only place where this try may put its package.
    public var location: BlobLocation
    /// How long the claim holds, from when the database made it. A daemon counts from when it *asked*, on a clock of its
    /// own that cannot be set.
    public var lease: Duration

    /// A claim with these values.
    public init(
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

/// How far a running job is.
public struct JobProgress: Sendable, Hashable {
    /// 0 to 100. A smaller one than was told before is ignored.
    public var percent: Int
    /// What is being done, such as `encoding chapter 5 of 12`.
    public var step: String
    /// How long it will take; nil while nobody knows.
    public var remaining: Duration?

    /// Progress with these values.
    public init(percent: Int, step: String, remaining: Duration? = nil) {
        self.percent = percent
        self.step = step
        self.remaining = remaining
    }

    /// Whole milliseconds, as the queue's functions take them.
    var remainingMilliseconds: Int64? {
        remaining.map { $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000 }
    }
}

/// The answer to a heartbeat about a job that is still this daemon's.
public struct Beat: Sendable, Hashable {
    /// The tenant.
    public var tenant: TenantID
    /// The project.
    public var project: ProjectID
    /// The job.
    public var job: JobID
    /// The try that holds it.
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
}

extension JobStore {
    /// Claims due jobs of one batch, for the tenant that has waited longest and is below its cap.
    ///
    /// - Parameter limit: Jobs that may be claimed at most. A batch is claimed whole as far as it allows.
    /// - Returns: The claims, in the order of platforms. Empty if nothing is due, and also if at this moment another
    ///   daemon claims for the only tenant that has due jobs.
    public func claim(owner: InstanceID, limit: Int) async throws(PackagingError) -> [Claim] {
        try await wrapped {
            try await client.query(
                """
                SELECT tenant_id, project_id, batch_id, job_id, platform_id, epoch, attempt, lease_seconds,
                    blob_container, blob_path
                FROM packaging.claim(\(owner), \(limit)::integer)
                """
            ).map(Claim.init)
        }
    }

    /// Renews the leases of all jobs this daemon works on, in one statement, and tells their progress.
    ///
    /// Progress becomes an event when the percent or the step changed, at most once a second for each job.
    ///
    /// - Returns: An answer for each job that is still this daemon's. One without an answer belongs to another try: its
    ///   work is to be stopped and dropped.
    public func beat(_ claims: [(claim: Claim, progress: JobProgress)]) async throws(PackagingError) -> [Beat] {
        let beats = try StoreJSON.encode(claims.map { BeatDocument($0.claim, $0.progress) })
        return try await wrapped {
            try await client.query(
                """
                SELECT tenant_id, project_id, job_id, epoch, cancel_requested, told, lease_seconds
                FROM packaging.beat(\(beats))
                """
            ).map(Beat.init)
        }
    }

    /// Takes back jobs of all tenants whose lease ran out: queued again, failed if it was the fourth daemon that was
    /// lost, cancelled if that was asked for.
    public func sweep(limit: Int = 100) async throws(PackagingError) -> [SweptJob] {
        try await wrapped {
            try await client.query(
                "SELECT tenant_id, project_id, job_id, status FROM packaging.sweep(\(limit)::integer)"
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

    /// Moves a job on to `status`, which must be a running one and not an earlier one, and renews its lease.
    ///
    /// - Returns: The number of the event; nil if the job belongs to another try.
    public func advance(
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

/// A heartbeat as `beat` reads it.
private struct BeatDocument: Encodable {
    let tenant: TenantID
    let job: JobID
    let epoch: Int64
    let percent: Int
    let step: String
    let remaining_ms: Int64?

    init(_ claim: Claim, _ progress: JobProgress) {
        tenant = claim.tenant
        job = claim.job
        epoch = claim.epoch.value
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
        tenant = try row.decode("tenant_id")
        project = try row.decode("project_id")
        job = try row.decode("job_id")
        epoch = Epoch(try row.decode("epoch"))
        isCancelRequested = try row.decode("cancel_requested")
        hasEvent = try row.decode("told")
        lease = .seconds(try row.decode(Int32.self, "lease_seconds"))
    }
}
