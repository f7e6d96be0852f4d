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

    /// Gives back the jobs that this daemon holds without knowing it, because the answer to a claim was lost. No claim
    /// may be under way.
    ///
    /// - Parameters:
    ///   - owner: This start of the daemon.
    ///   - known: The attempts that it knows.
    /// - Returns: The projects of the jobs that were given back.
    package func giveBackUnknown(
        owner: InstanceID,
        except known: some Sequence<Epoch>
    ) async throws(PackagingError) -> [ProjectID] {
        let epochs = known.map(\.value)
        return try await wrapped {
            try await queue.query("SELECT project_id FROM packaging.give_back_unknown(\(owner), \(epochs))")
                .map { try $0.decode(ProjectID.self, "project_id") }
        }
    }
}
