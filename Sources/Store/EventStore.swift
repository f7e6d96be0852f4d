package import Model
internal import Postgres

/// The events of jobs, in the order in which they were committed.
///
/// An event is written in the transaction of the change that it reports, under a lock on its project's counter. So a
/// reader that has read up to a number has missed no event before it.
package struct EventStore: Sendable {
    let client: PostgresClient

    /// Events after `sequence`, in order, `limit` at most.
    package func events(
        of scope: EventScope,
        after sequence: Int64 = 0,
        limit: Int = 1000,
        tenant: TenantID
    ) async throws(PackagingError) -> [JobEvent] {
        let condition: SQL =
            switch scope {
            case .job(let job): "job_id = \(job)"
            case .batch(let batch): "batch_id = \(batch)"
            }
        return try await wrapped {
            try await client.query(
                """
                SELECT \(JobEvent.columns) FROM packaging.job_events
                WHERE tenant_id = \(tenant) AND \(condition) AND seq > \(sequence)
                ORDER BY seq LIMIT \(limit)
                """,
                as: tenant
            ).map(JobEvent.init)
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

extension JobEvent {
    fileprivate static let columns: SQL = """
        seq, project_id, job_id, batch_id, platform_id, status, progress_percent, current_step, error_message, package_id,
        at, estimated_completion_at, attempt
        """

    init(_ row: PostgresRow) throws(PostgresError) {
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
            package: try row.decode("package_id"),
            at: try row.decode("at"),
            estimatedCompletionAt: try row.decode("estimated_completion_at"),
            attempt: Int(try row.decode(Int32.self, "attempt"))
        )
    }
}
