package import Model
internal import Postgres

extension ProjectStore {
    /// Gives a project the cover that it waits for, in place of the one that it has.
    ///
    /// - Returns: False if the project names another cover, or none. Nothing has changed then.
    package func recordCover(
        _ cover: StoredCover,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        let (cover, location) = (cover.cover, cover.location)
        return try await wrapped {
            try await client.execute(
                """
                UPDATE packaging.projects
                SET cover_sha256 = \(cover.digest), awaited_cover_sha256 = NULL,
                    cover_size_bytes = \(cover.bytes), cover_format = \(cover.format),
                    cover_width = \(cover.width), cover_height = \(cover.height),
                    cover_blob_container = \(location.container), cover_blob_path = \(location.path),
                    cover_refusal = NULL, updated_at = packaging.now(),
                    revision = revision
                        + CASE WHEN cover_format IS NULL OR cover_sha256 <> \(cover.digest) THEN 1 ELSE 0 END
                WHERE tenant_id = \(tenant) AND id = \(project)
                    AND COALESCE(awaited_cover_sha256, cover_sha256) = \(cover.digest)
                """,
                as: tenant
            ) > 0
        }
    }

    /// Records why the cover that a project waits for was refused. A project that has a cover keeps it.
    ///
    /// - Returns: Whether it keeps an earlier cover.
    @discardableResult
    package func recordCoverRefusal(
        _ refusal: String,
        digest: Digest,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        let mine: SQL = "tenant_id = \(tenant) AND id = \(project)"
        return try await wrapped {
            let kept = try await client.execute(
                """
                UPDATE packaging.projects SET awaited_cover_sha256 = NULL
                WHERE \(mine) AND awaited_cover_sha256 = \(digest)
                """,
                as: tenant
            )
            guard kept == 0 else { return true }
            _ = try await client.execute(
                """
                UPDATE packaging.projects SET cover_refusal = \(refusal)
                WHERE \(mine) AND cover_sha256 = \(digest) AND cover_format IS NULL
                """,
                as: tenant
            )
            return false
        }
    }

    /// The project's cover with its location; nil while it has none.
    package func cover(of project: ProjectID, tenant: TenantID) async throws(PackagingError) -> StoredCover? {
        try await storedCover("id = \(project)", tenant)
    }

    /// A cover that any project of the tenant has received, by its digest; nil if none has.
    package func cover(digest: Digest, tenant: TenantID) async throws(PackagingError) -> StoredCover? {
        try await storedCover("cover_sha256 = \(digest)", tenant)
    }

    private func storedCover(_ condition: SQL, _ tenant: TenantID) async throws(PackagingError) -> StoredCover? {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT \(Cover.columns), p.cover_blob_container, p.cover_blob_path FROM packaging.projects AS p
                WHERE tenant_id = \(tenant) AND \(condition) AND cover_format IS NOT NULL LIMIT 1
                """,
                as: tenant
            )
            guard let row = rows.first, let cover = try Cover(row) else { return nil }
            let location = BlobLocation(
                container: try row.decode("cover_blob_container"),
                path: try row.decode("cover_blob_path")
            )
            return StoredCover(cover: cover, location: location)
        }
    }
}

extension Cover {
    /// The columns of a row of `projects AS p`.
    static let columns: SQL = "p.cover_sha256, p.cover_size_bytes, p.cover_format, p.cover_width, p.cover_height"

    /// The measured cover in a project's row; nil while it has none.
    init?(_ row: PostgresRow) throws(PostgresError) {
        guard
            let digest = try row.decode(Digest?.self, "cover_sha256"),
            let format = try row.decode(Format?.self, "cover_format"),
            let bytes = try row.decode(Int?.self, "cover_size_bytes"),
            let width = try row.decode(Int32?.self, "cover_width"),
            let height = try row.decode(Int32?.self, "cover_height")
        else { return nil }
        self.init(digest: digest, bytes: bytes, format: format, width: Int(width), height: Int(height))
    }
}
