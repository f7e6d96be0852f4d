/// A package's bytes that must be copied to the archive before the package can be archived.
package struct ArchiveCopy: Sendable, Hashable {
    /// Where the bytes are.
    package var source: BlobLocation
    /// Where the bytes are copied to. After an hour they are deleted there, unless the package was archived with them.
    package var target: BlobLocation
    /// The number of bytes.
    package var bytes: Int64
    /// The SHA-256 of the bytes.
    package var sha256: Digest

    /// A copy with these values.
    package init(source: BlobLocation, target: BlobLocation, bytes: Int64, sha256: Digest) {
        self.source = source
        self.target = target
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// The result of a request to archive a package. Unless it is ``archived``, the package is unchanged.
package enum ArchiveOutcome: Sendable, Hashable {
    /// The package is archived for `days` days, until `expiresAt`. The versions in `dropped` were deleted to make room.
    case archived(expiresAt: Instant, days: Int, dropped: [Int], versionLimit: Int)
    /// Its bytes must be copied first.
    case copyNeeded(ArchiveCopy)
    /// The tenant has no such package.
    case notFound
    /// The number of archived versions for the package's platform has reached the plan's limit: these.
    case versionLimit(platform: Platform, archived: [Int], limit: Int)
    /// The copy took longer than an hour and was given up.
    case tooLate
}
