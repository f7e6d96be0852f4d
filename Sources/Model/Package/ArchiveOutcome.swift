/// Bytes of a package that are to be copied to the archive before the package can be archived.
package struct ArchiveCopy: Sendable, Hashable {
    /// Where they lie.
    package var source: BlobLocation
    /// Where they go. Whatever is there after an hour is deleted, unless the package was archived with it.
    package var target: BlobLocation
    /// How many they are.
    package var bytes: Int64
    /// What they hash to.
    package var sha256: Digest

    /// A copy with these values.
    package init(source: BlobLocation, target: BlobLocation, bytes: Int64, sha256: Digest) {
        self.source = source
        self.target = target
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// What became of the wish to archive a package. Unless it is ``archived``, the package is as it was.
package enum ArchiveOutcome: Sendable, Hashable {
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
