package import Model
internal import Postgres

extension PackageStore {
    /// Keeps a package for `days` days from now. The retention of an archived package begins again.
    ///
    /// From then on every package that shares the bytes reads them from the archive. Such a package still expires at
    /// its own time.
    ///
    /// - Parameters:
    ///   - days: The number of days; the tenant's plan decides when nil.
    ///   - copy: The copy that an earlier call asked for, once it has been made.
    package func archive(
        _ package: PackageID,
        days: Int?,
        with copy: ArchiveCopy? = nil,
        tenant: TenantID
    ) async throws(PackagingError) -> ArchiveOutcome {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, expires_at, days, versions, version_limit, platform_id, source_container, source_path,
                    size_bytes, sha256, copy_path, packaging.archive_container(\(tenant)) AS copy_container
                FROM packaging.archive(
                    \(tenant), \(package), \(days.map { Int32(clamping: $0) } as Int32?),
                    \(copy?.target.path as String?)
                )
                """,
                as: tenant
            )
            guard let row = rows.first else { throw PackagingError.unexpected("", from: "archive") }
            return try ArchiveOutcome(row)
        }
    }
}

extension ArchiveOutcome {
    fileprivate init(_ row: PostgresRow) throws {
        switch try row.decode(String.self, "outcome") {
        case "archived":
            self = .archived(
                expiresAt: try row.decode("expires_at"),
                days: Int(try row.decode(Int32.self, "days")),
                dropped: try row.decode([Int32].self, "versions").map(Int.init),
                versionLimit: Int(try row.decode(Int32.self, "version_limit"))
            )
        case "copy":
            self = .copyNeeded(
                ArchiveCopy(
                    source: BlobLocation(
                        container: try row.decode("source_container"),
                        path: try row.decode("source_path")
                    ),
                    target: BlobLocation(
                        container: try row.decode("copy_container"),
                        path: try row.decode("copy_path")
                    ),
                    bytes: try row.decode("size_bytes"),
                    sha256: try row.decode("sha256")
                )
            )
        case "not_found":
            self = .notFound
        case "version_limit":
            self = .versionLimit(
                platform: try row.decode("platform_id"),
                archived: try row.decode([Int32].self, "versions").map(Int.init),
                limit: Int(try row.decode(Int32.self, "version_limit"))
            )
        case "too_late":
            self = .tooLate
        case let other:
            throw PackagingError.unexpected(other, from: "archive")
        }
    }
}
