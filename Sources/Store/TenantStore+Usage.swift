package import Model
internal import Postgres

extension TenantStore {
    /// What a tenant uses of its plan now.
    package func usage(of tenant: TenantID) async throws(PackagingError) -> TenantUsage {
        let rows = try await wrapped {
            try await client.query(
                """
                SELECT
                    COALESCE((SELECT package_bytes FROM packaging.tenant_usage WHERE tenant_id = \(tenant)), 0) AS storage,
                    hour.jobs, hour.oldest + interval '1 hour' AS next_job_at, live.jobs AS live_jobs,
                    (SELECT count(*) FROM packaging.projects WHERE tenant_id = \(tenant)) AS projects,
                    kept.packages, kept.archived
                FROM (
                    SELECT count(*) AS jobs, min(created_at) AS oldest FROM packaging.packaging_jobs
                    WHERE tenant_id = \(tenant) AND created_at > packaging.now() - interval '1 hour'
                ) AS hour, (
                    SELECT count(*) AS jobs FROM packaging.packaging_jobs
                    WHERE tenant_id = \(tenant) AND completed_at IS NULL
                ) AS live, (
                    SELECT count(*) AS packages, count(*) FILTER (WHERE storage_tier = 'archive') AS archived
                    FROM packaging.packages WHERE tenant_id = \(tenant) AND expires_at > packaging.now()
                ) AS kept
                """,
                as: tenant
            ).map { row in
                TenantUsage(
                    storageBytes: try row.decode("storage"),
                    jobsLastHour: Int(try row.decode(Int64.self, "jobs")),
                    nextJobAt: try row.decode("next_job_at"),
                    liveJobs: Int(try row.decode(Int64.self, "live_jobs")),
                    projects: Int(try row.decode(Int64.self, "projects")),
                    packages: Int(try row.decode(Int64.self, "packages")),
                    archivedPackages: Int(try row.decode(Int64.self, "archived"))
                )
            }
        }
        guard let usage = rows.first else { throw .nothing(.tenant, tenant.description) }
        return usage
    }
}
