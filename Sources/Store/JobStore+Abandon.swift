package import Model
internal import Postgres

extension JobStore {
    /// Ends the leases of a daemon that is known to be dead, so that the next sweep takes its jobs back without
    /// waiting.
    ///
    /// - Parameter owner: An earlier start of the daemon, whose state folder only one process may use at a time.
    /// - Returns: How many leases were ended. Leases that had expired before are not counted.
    package func abandon(owner: InstanceID) async throws(PackagingError) -> Int {
        try await wrapped {
            let rows = try await client.query("SELECT packaging.abandon(\(owner)) AS jobs")
            return try rows.first.map { Int(try $0.decode(Int32.self, "jobs")) } ?? 0
        }
    }
}
