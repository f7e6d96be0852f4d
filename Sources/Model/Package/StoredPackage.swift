/// A package that was made and is kept.
public struct StoredPackage: Sendable, Hashable {
    /// Identifies it.
    public var id: PackageID
    /// The project.
    public var project: ProjectID
    /// The job that made it.
    public var job: JobID
    /// The platform it is for.
    public var platform: Platform
    /// Counts up per project and platform.
    public var version: Int
    /// How it is made.
    public var format: PackageFormat
    /// Where its bytes lie.
    public var location: BlobLocation
    /// Its size.
    public var bytes: Int64
    /// What its bytes hash to.
    public var sha256: Digest
    /// A name for the file.
    public var fileName: String
    /// Length in samples at 44,100 Hz.
    public var durationSamples: Int64
    /// How long it is kept.
    public var tier: StorageTier
    /// How its audio is encoded.
    public var audioSpec: AudioSpec
    /// Hash of all that determines its bytes.
    public var recipe: Digest?
    /// Whether it was validated.
    public var isValidated: Bool
    /// The report of the last validation; nil if it was not validated, or if this release cannot read the report.
    public var validation: ValidationReport?
    /// The first package with these bytes, if it shares them.
    public var sameAs: PackageID?
    /// When it is deleted.
    public var expiresAt: Instant
    /// When it was archived.
    public var archivedAt: Instant?
    /// When it was made.
    public var createdAt: Instant

    /// A package with these values.
    public init(
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
        createdAt: Instant
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
    }
}
