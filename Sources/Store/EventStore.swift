package import Model
internal import Postgres

/// The events of jobs, in the order in which they were committed.
///
/// An event is written in the transaction of the change that it reports, under a lock on its project's counter. So a
/// reader that has read up to a number has missed no event before it.
package struct EventStore: Sendable {
    let client: PostgresClient

    /// Events after `sequence`, in order, `limit` at most, and up to where earlier ones were removed.
    package func page(
        of scope: EventScope,
        after sequence: Int64 = 0,
        limit: Int = 1000,
        tenant: TenantID
    ) async throws(PackagingError) -> EventPage {
        let ofBatch: SQL =
            switch scope {
            case .job: "0"
            // Jobs of the batch may have been removed, with their events.
            case .batch(let batch):
                "(SELECT removed_sequence FROM packaging.batches WHERE tenant_id = \(tenant) AND id = \(batch))"
            }
        return try await wrapped {
            // One statement reads at one moment. With two, events could be removed in between and nobody would know.
            let rows = try await client.query(
                """
                SELECT removed, \(JobEvent.columns) FROM (
                    SELECT GREATEST(0, max(removed_sequence), \(ofBatch)) AS removed FROM packaging.packaging_jobs
                    WHERE tenant_id = \(tenant) AND \(scope.ofJobs)
                ) AS past LEFT JOIN (
                    SELECT \(JobEvent.columns) FROM packaging.job_events
                    WHERE tenant_id = \(tenant) AND \(scope.ofEvents) AND seq > \(sequence)
                    ORDER BY seq LIMIT \(limit)
                ) AS e ON true
                ORDER BY seq
                """,
                as: tenant
            )
            let events = try rows.filter { try $0.decode(Int64?.self, "seq") != nil }
            return EventPage(
                events: try events.map { try JobEvent($0) },
                removed: try rows.first?.decode(Int64.self, "removed") ?? 0
            )
        }
    }

    /// Events after `sequence`, in order, `limit` at most.
    package func events(
        of scope: EventScope,
        after sequence: Int64 = 0,
        limit: Int = 1000,
        tenant: TenantID
    ) async throws(PackagingError) -> [JobEvent] {
        try await page(of: scope, after: sequence, limit: limit, tenant: tenant).events
    }

    /// The present states of the jobs that have events after `sequence`, in the order of their last events. They stand
    /// for all events up to the last of them, those that were removed and those that were not.
    package func states(
        of scope: EventScope,
        after sequence: Int64,
        tenant: TenantID
    ) async throws(PackagingError) -> [JobEvent] {
        try await wrapped {
            try await client.query(
                """
                SELECT last_sequence AS seq, project_id, id AS job_id, batch_id, platform_id, status, progress_percent,
                    current_step, error_message, error_reason, package_id, estimated_completion_at, attempt,
                    COALESCE(
                        completed_at,
                        (
                            SELECT e.at FROM packaging.job_events AS e
                            WHERE e.tenant_id = j.tenant_id AND e.project_id = j.project_id AND e.seq = j.last_sequence
                        ),
                        created_at
                    ) AS at
                FROM packaging.packaging_jobs AS j
                WHERE tenant_id = \(tenant) AND \(scope.ofJobs) AND last_sequence > \(sequence)
                ORDER BY last_sequence
                """,
                as: tenant
            ).map { try JobEvent($0, isCompacted: true) }
        }
    }

    /// Wakes every task that waits for events of these projects.
    ///
    /// This should be called seldom, with many projects at once: NOTIFY makes commits wait for each other, so it runs
    /// in a transaction of its own.
    package func notify(_ projects: some Collection<ProjectID> & Sendable) async throws(PackagingError) {
        guard !projects.isEmpty else { return }
        // A payload may have 7,999 bytes; an id and its comma have 37.
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
    package static func projects(inPayload payload: String) -> [ProjectID] {
        payload.split(separator: ",").compactMap { ProjectID($0) }
    }
}

extension EventScope {
    /// The condition for rows of events.
    fileprivate var ofEvents: SQL {
        switch self {
        case .job(let job): "job_id = \(job)"
        case .batch(let batch): "batch_id = \(batch)"
        }
    }

    /// The condition for rows of jobs.
    fileprivate var ofJobs: SQL {
        switch self {
        case .job(let job): "id = \(job)"
        case .batch(let batch): "batch_id = \(batch)"
        }
    }
}

extension JobEvent {
    fileprivate static let columns: SQL = """
        seq, project_id, job_id, batch_id, platform_id, status, progress_percent, current_step, error_message,
        error_reason, package_id, at, estimated_completion_at, attempt
        """

    init(_ row: PostgresRow, isCompacted: Bool = false) throws(PostgresError) {
        self.init(
            sequence: try row.decode("seq"),
            project: try row.decode("project_id"),
            job: try row.decode("job_id"),
            batch: try row.decode("batch_id"),
            platform: try row.decode("platform_id"),
            status: try row.decode("status"),
            progressPercent: Int(try row.decode(Int32.self, "progress_percent")),
            currentStep: try row.decode("current_step"),
            errorMessage: try row.decode("error_message"),
            errorReason: try row.decode("error_reason"),
            package: try row.decode("package_id"),
            at: try row.decode("at"),
            estimatedCompletionAt: try row.decode("estimated_completion_at"),
            attempt: Int(try row.decode(Int32.self, "attempt")),
            isCompacted: isCompacted
        )
    }
}
