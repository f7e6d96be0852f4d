package import Model
internal import Postgres

/// Removes rows about the past when their time, a ``Retention``, is over. Each call removes rows of all tenants, at most
/// `limit` in one short transaction, and skips what others have locked.
package struct HistoryStore: Sendable {
    /// The numbers of rows that one call of ``HistoryStore/removeJobs(limit:)`` removed.
    package struct RemovedJobs: Sendable, Hashable {
        /// Jobs.
        package var jobs = 0
        /// Their attempts. They go before the job, so there may be some without a job.
        package var attempts = 0
        /// Batches that had no other job.
        package var batches = 0

        /// No rows.
        package init() {}
    }

    let client: PostgresClient

    /// Removes events of jobs that have ended. A project's events go in the order of their numbers, up to the first
    /// event of a job that has to be kept.
    ///
    /// - Returns: How many were removed.
    package func removeEvents(limit: Int) async throws(PackagingError) -> Int {
        try await remove("SELECT packaging.remove_events(\(limit)::integer) AS removed")
    }

    /// Removes ended jobs whose events are gone, with their attempts, and batches without a job. A job that made a
    /// package stays while the package is there.
    package func removeJobs(limit: Int) async throws(PackagingError) -> RemovedJobs {
        try await wrapped {
            let rows = try await client.query(
                "SELECT jobs, attempts, batches FROM packaging.remove_jobs(\(limit)::integer)"
            )
            var removed = RemovedJobs()
            guard let row = rows.first else { return removed }
            removed.jobs = Int(try row.decode(Int32.self, "jobs"))
            removed.attempts = Int(try row.decode(Int32.self, "attempts"))
            removed.batches = Int(try row.decode(Int32.self, "batches"))
            return removed
        }
    }

    /// Removes the answers to requests that can be repeated: a request with the same id is a new one from then on.
    ///
    /// - Returns: How many were removed.
    package func removeRequests(limit: Int) async throws(PackagingError) -> Int {
        try await remove("SELECT packaging.remove_requests(\(limit)::integer) AS removed")
    }

    /// Removes the rows about bytes of packages that were deleted.
    ///
    /// - Returns: How many were removed.
    package func removeObjects(limit: Int) async throws(PackagingError) -> Int {
        try await remove("SELECT packaging.remove_objects(\(limit)::integer) AS removed")
    }

    /// Removes entries of the audit, and revocations of tokens that have ended by themselves.
    ///
    /// - Returns: How many were removed.
    package func removeAudit(limit: Int) async throws(PackagingError) -> Int {
        try await remove("SELECT packaging.remove_audit(\(limit)::integer) AS removed")
    }

    private func remove(_ statement: SQL) async throws(PackagingError) -> Int {
        try await wrapped {
            try await client.query(statement).first.map { Int(try $0.decode(Int32.self, "removed")) } ?? 0
        }
    }
}
