/// A project without its chapters.
public struct ProjectSummary: Sendable, Hashable {
    /// Identifies it.
    public var id: ProjectID
    /// A name for people that is unique in the tenant.
    public var slug: String
    /// What the book says about itself.
    public var metadata: BookMetadata
    /// How it is to be packaged.
    public var settings: PackagingSettings
    /// The digest of the cover the book names, received or not.
    public var coverDigest: Digest?
    /// The cover, once it was received and measured.
    public var cover: Cover?
    /// Why the cover that was received was not taken.
    public var coverRefusal: String?
    /// Chapters in all.
    public var chapters: Int
    /// Segments in all.
    public var segments: Int
    /// Segments that have audio.
    public var segmentsWithAudio: Int
    /// Length of all audio there is, in samples at 44,100 Hz.
    public var audioSamples: Int64
    /// Rises with every change of the book.
    public var revision: Int64
    /// When it was made.
    public var createdAt: Instant
    /// When the book changed last.
    public var updatedAt: Instant

    /// A project with these values.
    public init(
        id: ProjectID,
        slug: String,
        metadata: BookMetadata,
        settings: PackagingSettings,
        coverDigest: Digest?,
        cover: Cover?,
        coverRefusal: String?,
        chapters: Int,
        segments: Int,
        segmentsWithAudio: Int,
        audioSamples: Int64,
        revision: Int64,
        createdAt: Instant,
        updatedAt: Instant
    ) {
        self.id = id
        self.slug = slug
        self.metadata = metadata
        self.settings = settings
        self.coverDigest = coverDigest
        self.cover = cover
        self.coverRefusal = coverRefusal
        self.chapters = chapters
        self.segments = segments
        self.segmentsWithAudio = segmentsWithAudio
        self.audioSamples = audioSamples
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
