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
