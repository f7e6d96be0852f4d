public import Model
internal import Postgres

/// One step of a job's story.
public struct StoredEvent: Sendable, Hashable {
    /// Numbered from 1, without gaps, per project.
    public var sequence: Int64
    /// The project.
    public var project: ProjectID
    /// The job.
    public var job: JobID
    /// The job's batch.
    public var batch: BatchID
    /// The job's platform.
    public var platform: Platform
    /// Where the job stands since.
    public var status: JobStatus
    /// 0 to 100.
    public var progressPercent: Int
    /// What is being done, in words.
    public var currentStep: String
    /// Why the job failed, or its last try did.
    public var errorMessage: String?
    /// The package, with ``JobStatus/completed``.
    public var package: PackageID?
    /// When it happened.
    public var at: Instant
    /// When the job may be done.
    public var estimatedCompletionAt: Instant?
    /// How many tries had begun.
    public var attempt: Int
}

/// Whose events are read.
public enum EventScope: Sendable, Hashable {
    /// One job's.
    case job(JobID)
    /// Those of all jobs of a batch.
    case batch(BatchID)
    /// All of a project.
    case project(ProjectID)
}

/// What happened to jobs, in the order in which it was committed.
///
/// An event is written in the transaction of the change it tells of, under a lock on its project's counter, so whoever
/// has read up to a number has missed nothing before it.
public struct EventStore: Sendable {
    let client: PostgresClient

    /// Events after `sequence`, in order, `limit` at most.
    public func events(
        of scope: EventScope,
        after sequence: Int64 = 0,
        limit: Int = 1000,
        tenant: TenantID
    ) async throws(PackagingError) -> [StoredEvent] {
        let condition: SQL =
            switch scope {
            case .job(let job): "job_id = \(job)"
            case .batch(let batch): "batch_id = \(batch)"
            case .project(let project): "project_id = \(project)"
            }
        return try await wrapped {
            try await client.query(
                """
                SELECT \(StoredEvent.columns) FROM packaging.job_events
                WHERE tenant_id = \(tenant) AND \(condition) AND seq > \(sequence)
                ORDER BY seq LIMIT \(limit)
                """,
                as: tenant
            ).map(StoredEvent.init)
        }
    }

    /// The number of the project's last event; zero if there is none, nil if the tenant has no such project.
    public func lastSequence(project: ProjectID, tenant: TenantID) async throws(PackagingError) -> Int64? {
        try await wrapped {
            try await client.query(
                "SELECT last_seq FROM packaging.event_streams WHERE tenant_id = \(tenant) AND project_id = \(project)",
                as: tenant
            ).first?.decode("last_seq")
        }
    }

    /// Wakes those who wait for events of these projects.
    ///
    /// Meant to be called seldom with many: NOTIFY makes commits wait for each other, so it has a transaction of its
    /// own.
    public func notify(_ projects: some Collection<ProjectID> & Sendable) async throws(PackagingError) {
        guard !projects.isEmpty else { return }
        // A payload may have 7,999 bytes, an id and its comma take 37.
        let ids = projects.map(\.description).sorted()
        let payloads = stride(from: 0, to: ids.count, by: 200).map { start in
            ids[start..<min(start + 200, ids.count)].joined(separator: ",")
        }
        try await wrapped {
            _ = try await client.query(
                "SELECT pg_notify(\(StoreChannel.events), payload) FROM unnest(\(payloads)) AS payload"
            )
        }
    }

    /// The projects that a notification on ``StoreChannel/events`` names.
    public static func projects(inPayload payload: String) -> [ProjectID] {
        payload.split(separator: ",").compactMap { ProjectID($0) }
    }
}

extension StoredEvent {
    fileprivate static let columns: SQL = """
        seq, project_id, job_id, batch_id, platform_id, status, progress_percent, current_step, error_message, package_id,
        at, estimated_completion_at, attempt
        """

    init(_ row: PostgresRow) throws(PostgresError) {
        sequence = try row.decode("seq")
        project = try row.decode("project_id")
        job = try row.decode("job_id")
        batch = try row.decode("batch_id")
        platform = try row.decode("platform_id")
        status = try row.decode("status")
        progressPercent = Int(try row.decode(Int32.self, "progress_percent"))
        currentStep = try row.decode("current_step")
        errorMessage = try row.decode("error_message")
        package = try row.decode("package_id")
        at = try row.decode("at")
        estimatedCompletionAt = try row.decode("estimated_completion_at")
        attempt = Int(try row.decode(Int32.self, "attempt"))
    }
}
