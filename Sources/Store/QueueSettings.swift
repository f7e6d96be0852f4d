package import Model
internal import Postgres

/// The settings that the queue and all daemons must agree on: one row of the database.
package enum QueueSettings {
    /// How long a lease may be, in seconds.
    package static let leaseBounds = 2...3600

    /// Sets how long a claim or a beat holds a job. Daemons learn it with their next claim or beat. Until then leases
    /// that were given before keep their length.
    static func set(lease: Int, in transaction: PostgresTransaction) async throws {
        guard leaseBounds.contains(lease) else {
            throw PackagingError(
                .invalidArgument,
                "a lease of \(lease) s is not between \(leaseBounds.lowerBound) and \(leaseBounds.upperBound) s"
            )
        }
        try await transaction.execute("UPDATE packaging.queue_settings SET lease_seconds = \(Int32(lease))")
    }

    /// The days for which rows about the past are kept; nil if the database is from before they were settings.
    static func retention(in transaction: PostgresTransaction) async throws -> Retention? {
        // As JSON, a column that is not there yet is no error.
        let rows = try await transaction.query(
            """
            SELECT (to_jsonb(q) ->> 'keep_jobs_days')::integer AS jobs,
                (to_jsonb(q) ->> 'keep_events_days')::integer AS events,
                (to_jsonb(q) ->> 'keep_deleted_days')::integer AS deleted,
                (to_jsonb(q) ->> 'keep_audit_days')::integer AS audit
            FROM packaging.queue_settings AS q
            """
        )
        guard let row = rows.first, let jobs = try row.decode(Int32?.self, "jobs") else { return nil }
        var retention = Retention()
        retention.jobs = Int(jobs)
        retention.events = Int(try row.decode(Int32.self, "events"))
        retention.deleted = Int(try row.decode(Int32.self, "deleted"))
        if let audit = try row.decode(Int32?.self, "audit") { retention.audit = Int(audit) }
        return retention
    }

    /// Changes for how many days rows about the past are kept. It holds for the next removal by any daemon.
    static func change(retention change: Retention.Change, in transaction: PostgresTransaction) async throws {
        guard change != Retention.Change() else { return }
        let retention = try (try await retention(in: transaction) ?? Retention()).changed(by: change)
        try await transaction.execute(
            """
            UPDATE packaging.queue_settings SET keep_jobs_days = \(Int32(retention.jobs)),
                keep_events_days = \(Int32(retention.events)), keep_deleted_days = \(Int32(retention.deleted)),
                keep_audit_days = \(Int32(retention.audit))
            """
        )
    }
}

extension JobStore {
    /// How long a claim or a beat holds a job now, on the database's clock. Each ``Claim`` and each ``Beat`` carries
    /// the length of its own lease.
    ///
    /// - Parameter limit: How long that may take; the usual limits hold when nil.
    package func lease(within limit: Duration? = nil) async throws(PackagingError) -> Duration {
        try await wrapped {
            let rows = try await queue.query("SELECT lease_seconds FROM packaging.queue_settings", within: limit)
            return .seconds(try rows[0].decode(Int32.self, "lease_seconds"))
        }
    }
}
