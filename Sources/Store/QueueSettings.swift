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
}

extension JobStore {
    /// How long a claim or a beat holds a job now, on the database's clock. Each ``Claim`` and each ``Beat`` carries
    /// the length of its own lease.
    package func lease() async throws(PackagingError) -> Duration {
        try await wrapped {
            let rows = try await client.query("SELECT lease_seconds FROM packaging.queue_settings")
            return .seconds(try rows[0].decode(Int32.self, "lease_seconds"))
        }
    }
}
