package import Model
internal import Postgres

extension JobStore {
    /// One batch; nil if the tenant has no such batch.
    package func batch(_ id: BatchID, tenant: TenantID) async throws(PackagingError) -> Batch? {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT project_id, options, final_plan, created_at FROM packaging.batches
                WHERE tenant_id = \(tenant) AND id = \(id)
                """,
                as: tenant
            )
            guard let row = rows.first else { return nil }
            return Batch(
                id: id,
                project: try row.decode("project_id"),
                options: try StoreJSON.decode(BatchOptions.self, try row.decode("options")),
                finalPlan: try row.decode(PostgresJSON?.self, "final_plan")?.text,
                createdAt: try row.decode("created_at")
            )
        }
    }

    /// The options of a batch without its plan, which may be large; nil if the tenant has no such batch.
    package func options(of batch: BatchID, tenant: TenantID) async throws(PackagingError) -> BatchOptions? {
        try await wrapped {
            let rows = try await client.query(
                "SELECT options FROM packaging.batches WHERE tenant_id = \(tenant) AND id = \(batch)",
                as: tenant
            )
            return try rows.first.map { try StoreJSON.decode(BatchOptions.self, try $0.decode("options")) }
        }
    }

    /// The final plans of the batches of these jobs, by job, as JSON documents. A job without one is missing in the answer.
    package func finalPlans(of jobs: [JobID], tenant: TenantID) async throws(PackagingError) -> [JobID: String] {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT b.final_plan, array_agg(j.id) AS jobs
                FROM packaging.packaging_jobs AS j
                    JOIN packaging.batches AS b ON b.tenant_id = j.tenant_id AND b.id = j.batch_id
                WHERE j.tenant_id = \(tenant) AND j.id = ANY (\(jobs)) AND b.final_plan IS NOT NULL
                GROUP BY b.tenant_id, b.id
                """,
                as: tenant
            )
            var plans: [JobID: String] = [:]
            for row in rows {
                let plan = try row.decode(PostgresJSON.self, "final_plan").text
                for job in try row.decode([JobID].self, "jobs") { plans[job] = plan }
            }
            return plans
        }
    }

    /// The jobs of a project that are not done, by platform.
    package func liveJobs(project: ProjectID, tenant: TenantID) async throws(PackagingError) -> [Platform: JobID] {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT platform_id, id FROM packaging.packaging_jobs
                WHERE tenant_id = \(tenant) AND project_id = \(project) AND completed_at IS NULL
                """,
                as: tenant
            )
            var live: [Platform: JobID] = [:]
            for row in rows { live[try row.decode("platform_id")] = try row.decode(JobID.self, "id") }
            return live
        }
    }

    /// Fixes the plan of the claim's batch, and the recipe of each of its jobs. The first plan wins and is never
    /// changed.
    ///
    /// - Parameters:
    ///   - plan: A JSON document.
    ///   - recipes: The recipe digest of each platform's package.
    /// - Returns: The plan that holds, as the database writes it: the same for every caller, with keys in the
    ///   database's order. Nil if the job belongs to another attempt.
    package func freezePlan(
        _ plan: String,
        recipes: [Platform: Digest],
        claim: Claim
    ) async throws(PackagingError) -> String? {
        let recipes = try StoreJSON.encode(recipes: recipes)
        return try await wrapped {
            try await client.query(
                """
                SELECT packaging.freeze_plan(
                    \(claim.tenant), \(claim.batch), \(claim.job), \(claim.epoch.value),
                    \(PostgresJSON(plan)), \(recipes)
                ) AS plan
                """,
                as: claim.tenant
            ).first?.decode(PostgresJSON?.self, "plan")?.text
        }
    }
}
