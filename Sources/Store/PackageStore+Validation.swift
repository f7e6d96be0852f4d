package import Model
internal import Postgres

extension PackageStore {
    /// Stores the report of a package's validation, in place of an earlier one.
    ///
    /// - Returns: Whether the tenant still has such a package.
    package func record(
        validation: ValidationReport,
        of package: PackageID,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        let document = try StoreJSON.encode(validation)
        return try await wrapped {
            let rows = try await client.query(
                """
                UPDATE packaging.packages
                SET is_validated = true, validation_results = \(document)
                WHERE tenant_id = \(tenant) AND id = \(package) AND expires_at > packaging.now()
                RETURNING id
                """,
                as: tenant
            )
            return !rows.isEmpty
        }
    }
}
