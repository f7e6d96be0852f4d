package import Model
internal import Postgres

extension PackageStore {
    /// Locations where attempts of all tenants may have left bytes that no package has, at most `limit`. Each is given
    /// out 15 minutes after the attempt ended, again until ``recordSweep(of:)``, and once more after 24 hours, because
    /// a paused daemon may end its upload late.
    package func orphans(limit: Int = 100) async throws(PackagingError) -> [OrphanedAttempt] {
        try await wrapped {
            try await client.query(
                "SELECT tenant_id, job_id, epoch, blob_container, blob_path FROM packaging.orphans(\(limit)::integer)"
            ).map { row in
                OrphanedAttempt(
                    tenant: try row.decode("tenant_id"),
                    job: try row.decode("job_id"),
                    epoch: Epoch(try row.decode("epoch")),
                    location: BlobLocation(
                        container: try row.decode("blob_container"),
                        path: try row.decode("blob_path")
                    )
                )
            }
        }
    }

    /// Records that the location was emptied.
    package func recordSweep(of orphan: OrphanedAttempt) async throws(PackagingError) {
        try await wrapped {
            _ = try await client.execute(
                """
                UPDATE packaging.job_attempts SET sweeps = sweeps + 1
                WHERE tenant_id = \(orphan.tenant) AND job_id = \(orphan.job) AND epoch = \(orphan.epoch.value)
                    AND outcome NOT IN ('open', 'committed')
                """,
                as: orphan.tenant
            )
        }
    }
}
