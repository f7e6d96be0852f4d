/// A package that was made and is kept.
package struct StoredPackage: Sendable, Hashable {
    /// Identifies it.
    package var id: PackageID
    /// The project.
    package var project: ProjectID
    /// The job that made it.
    package var job: JobID
    /// The platform it is for.
    package var platform: Platform
    /// The version, counted up per project and platform.
    package var version: Int
    /// Its format.
    package var format: PackageFormat
    /// Where its bytes are.
    package var location: BlobLocation
    /// Its size.
    package var bytes: Int64
    /// The SHA-256 of its bytes.
    package var sha256: Digest
    /// A name for the file.
    package var fileName: String
    /// Length in samples at 44,100 Hz.
    package var durationSamples: Int64
    /// How long it is kept.
    package var tier: StorageTier
    /// How its audio is encoded.
    package var audioSpec: AudioSpec
    /// Hash of all that determines its bytes.
    package var recipe: Digest?
    /// Whether it was validated.
    package var isValidated: Bool
    /// The report of the last validation; nil if it was not validated, or if this release cannot read the report.
    package var validation: ValidationReport?
    /// The first package with these bytes, if it shares them.
    package var sameAs: PackageID?
    /// When it is deleted.
    package var expiresAt: Instant
    /// When it was archived.
    package var archivedAt: Instant?
    /// When it was made.
    package var createdAt: Instant
    /// Whether it is its platform's current package: the one that the latest request made or found. It need not be the
    /// newest.
    package var isCurrent: Bool
    /// Who asked for it; empty where nobody was recorded.
    package var createdBy: String

    /// A package with these values.
    package init(
        id: PackageID,
        project: ProjectID,
        job: JobID,
        platform: Platform,
        version: Int,
        format: PackageFormat,
        location: BlobLocation,
        bytes: Int64,
        sha256: Digest,
        fileName: String,
        durationSamples: Int64,
        tier: StorageTier,
        audioSpec: AudioSpec,
        recipe: Digest?,
        isValidated: Bool,
        validation: ValidationReport?,
        sameAs: PackageID?,
        expiresAt: Instant,
        archivedAt: Instant?,
        createdAt: Instant,
        isCurrent: Bool,
        createdBy: String = ""
    ) {
        self.id = id
        self.project = project
        self.job = job
        self.platform = platform
        self.version = version
        self.format = format
        self.location = location
        self.bytes = bytes
        self.sha256 = sha256
        self.fileName = fileName
        self.durationSamples = durationSamples
        self.tier = tier
        self.audioSpec = audioSpec
        self.recipe = recipe
        self.isValidated = isValidated
        self.validation = validation
        self.sameAs = sameAs
        self.expiresAt = expiresAt
        self.archivedAt = archivedAt
        self.createdAt = createdAt
        self.isCurrent = isCurrent
        self.createdBy = createdBy
    }
}
