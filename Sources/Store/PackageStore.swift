package import Model
internal import Postgres

/// The packages, and the bytes that have to be removed.
package struct PackageStore: Sendable {
    let client: PostgresClient

    // MARK: Reading

    // For every reader a package is gone from the moment it expires, even if its row has not been deleted yet.

    /// One package; nil if the tenant has no such package.
    package func package(_ id: PackageID, tenant: TenantID) async throws(PackagingError) -> StoredPackage? {
        try await wrapped {
            try await client.query(
                """
                SELECT \(StoredPackage.columns) FROM packaging.packages AS p
                WHERE tenant_id = \(tenant) AND id = \(id) AND expires_at > packaging.now()
                """,
                as: tenant
            ).first.map(StoredPackage.init)
        }
    }

    /// A project's packages, newest first.
    ///
    /// - Parameters:
    ///   - platform: Only packages for this platform are returned; for all platforms when nil.
    ///   - currentOnly: Whether only the current package of each platform is returned.
    package func packages(
        project: ProjectID,
        platform: Platform? = nil,
        currentOnly: Bool = false,
        after cursor: PageCursor? = nil,
        limit: Int,
        tenant: TenantID
    ) async throws(PackagingError) -> Page<StoredPackage> {
        let after = cursor ?? .start
        let ofPlatform: SQL = platform.map { "AND platform_id = \($0)" } ?? ""
        let current: SQL = currentOnly ? "AND \(StoredPackage.isCurrent)" : ""
        let rows = try await wrapped {
            try await client.query(
                """
                SELECT \(StoredPackage.columns) FROM packaging.packages AS p
                WHERE tenant_id = \(tenant) AND project_id = \(project) \(ofPlatform) \(current)
                    AND expires_at > packaging.now() AND (created_at, id) < (\(after.at), \(after.id() as PackageID))
                ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
                """,
                as: tenant
            ).map(StoredPackage.init)
        }
        return Page(rows, limit: limit) { PageCursor($0.createdAt, $0.id) }
    }

    /// The storage that the tenant's packages use.
    package func usage(tenant: TenantID) async throws(PackagingError) -> StorageUsage {
        let rows = try await wrapped {
            try await client.query(
                """
                SELECT u.package_bytes, t.quota_bytes
                FROM packaging.tenant_usage AS u JOIN packaging.tenants AS t ON t.id = u.tenant_id
                WHERE u.tenant_id = \(tenant)
                """,
                as: tenant
            ).map { row in
                StorageUsage(usedBytes: try row.decode("package_bytes"), limitBytes: try row.decode("quota_bytes"))
            }
        }
        guard let usage = rows.first else { throw .nothing(.tenant, tenant.description) }
        return usage
    }
}

extension StoredPackage {
    /// The columns of a row of `packages AS p`.
    static let columns: SQL = """
        p.id, p.project_id, p.job_id, p.platform_id, p.version_number, p.package_format, p.blob_container, p.blob_path,
        p.file_size_bytes, p.sha256, p.file_name, p.duration_samples, p.storage_tier, p.audio_spec, p.recipe_digest,
        p.validation_results, p.same_as_package_id, p.expires_at, p.archived_at, p.created_at,
        \(isCurrent) AS is_current, \(Principal.name(ofColumn: "p.created_by", in: "p")) AS created_by
        """

    /// Whether a row of `packages AS p` is its platform's current package.
    static let isCurrent: SQL = """
        EXISTS (
            SELECT FROM packaging.current_packages AS c
            WHERE c.tenant_id = p.tenant_id AND c.project_id = p.project_id AND c.platform_id = p.platform_id
                AND c.package_id = p.id
        )
        """

    init(_ row: PostgresRow) throws {
        let validation = try row.decode(PostgresJSON?.self, "validation_results")
        self.init(
            id: try row.decode("id"),
            project: try row.decode("project_id"),
            job: try row.decode("job_id"),
            platform: try row.decode("platform_id"),
            version: Int(try row.decode(Int32.self, "version_number")),
            format: try row.decode("package_format"),
            location: BlobLocation(container: try row.decode("blob_container"), path: try row.decode("blob_path")),
            bytes: try row.decode("file_size_bytes"),
            sha256: try row.decode("sha256"),
            fileName: try row.decode("file_name"),
            durationSamples: try row.decode("duration_samples"),
            tier: try row.decode("storage_tier"),
            audioSpec: try StoreJSON.decode(AudioSpec.self, try row.decode("audio_spec")),
            recipe: try row.decode("recipe_digest"),
            isValidated: validation != nil,
            // Another release may have written a report that this one cannot read. The package is returned without it.
            validation: validation.flatMap { try? StoreJSON.decode(ValidationReport.self, $0) },
            sameAs: try row.decode("same_as_package_id"),
            expiresAt: try row.decode("expires_at"),
            archivedAt: try row.decode("archived_at"),
            createdAt: try row.decode("created_at"),
            isCurrent: try row.decode("is_current"),
            createdBy: try row.decode("created_by")
        )
    }
}
