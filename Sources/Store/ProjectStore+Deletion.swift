package import Model
internal import Postgres

extension ProjectStore {
    /// Deletes a project and everything that belongs to it: packages, jobs and events, chapters and segments, its
    /// cover, and audio that no other project of the tenant has ever used. The cleaner then removes its bytes from the
    /// blob store.
    package func delete(_ project: ProjectID, tenant: TenantID) async throws(PackagingError) -> ProjectDeletion {
        // A long book has many rows. Deleting them may take long, so this waits longer than other calls.
        let settings = tenant.settings + [("statement_timeout", "120s")]
        return try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, live_jobs, live_platforms, packages_deleted, bytes_freed
                FROM packaging.delete_project(\(tenant), \(project))
                """,
                settings: settings
            )
            guard let row = rows.first else { throw PackagingError.unexpected("", from: "delete_project") }
            switch try row.decode(String.self, "outcome") {
            case "deleted":
                return .deleted(
                    packages: Int(try row.decode(Int32.self, "packages_deleted")),
                    bytesFreed: try row.decode("bytes_freed")
                )
            case "live_jobs":
                let platforms = try row.decode([String].self, "live_platforms")
                let jobs = try zip(row.decode([JobID].self, "live_jobs"), platforms).compactMap { id, platform in
                    Platform(rawValue: platform).map { ProjectDeletion.LiveJob(id: id, platform: $0) }
                }
                return .liveJobs(jobs)
            case "not_found":
                return .notFound
            case let other:
                throw PackagingError.unexpected(other, from: "delete_project")
            }
        }
    }
}
