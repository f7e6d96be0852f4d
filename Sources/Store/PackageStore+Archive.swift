public import Model
internal import Postgres

/// Bytes of a package that are to be copied to the archive before the package can be archived.
public struct ArchiveCopy: Sendable, Hashable {
    /// Where they lie.
    public var source: BlobLocation
    /// Where they go. Whatever is there after an hour is deleted, unless the package was archived with it.
    public var target: BlobLocation
    /// How many they are.
    public var bytes: Int64
    /// What they hash to.
    public var sha256: Digest
}

/// An answer to ``PackageStore/archive(_:days:with:tenant:)``. Unless it is ``archived``, the package is as it was.
public enum ArchiveOutcome: Sendable, Hashable {
    /// It is archived, for `days` days until `expiresAt`; the versions `dropped` were deleted for it.
    case archived(expiresAt: Instant, days: Int, dropped: [Int], versionLimit: Int)
    /// Its bytes must be copied first.
    case copyNeeded(ArchiveCopy)
    /// The tenant has no such package.
    case notFound
    /// As many versions for its platform are archived as the plan allows: these.
    case versionLimit(platform: Platform, archived: [Int], limit: Int)
    /// The copy took longer than an hour and was given up.
    case tooLate
}

extension PackageStore {
    /// Keeps a package for `days` days from now. One that is archived already has its retention begin again.
    ///
    /// Every package that shares the bytes reads them from the archive from then on, and expires when it would have.
    ///
    /// - Parameters:
    ///   - days: The tenant's plan decides when nil.
    ///   - copy: What an earlier call asked to be copied, once it is there.
    public func archive(
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
