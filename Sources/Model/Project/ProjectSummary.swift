/// A project without its chapters.
package struct ProjectSummary: Sendable, Hashable {
    /// Identifies it.
    package var id: ProjectID
    /// A name for people that is unique in the tenant.
    package var slug: String
    /// The book's metadata.
    package var metadata: BookMetadata
    /// The packaging settings.
    package var settings: PackagingSettings
    /// The digest of the cover that the book names, whether received or not.
    package var coverDigest: Digest?
    /// The cover; nil until it was received and measured.
    package var cover: Cover?
    /// Why the cover that was received was refused.
    package var coverRefusal: String?
    /// Chapters in all.
    package var chapters: Int
    /// Segments in all.
    package var segments: Int
    /// Segments that have audio.
    package var segmentsWithAudio: Int
    /// Length of all audio that was received, in samples at 44,100 Hz.
    package var audioSamples: Int64
    /// Rises with every change of the book.
    package var revision: Int64
    /// When it was made.
    package var createdAt: Instant
    /// When the book changed last.
    package var updatedAt: Instant
    /// Who imported it first; empty where nobody was recorded.
    package var createdBy: String

    /// A project with these values.
    package init(
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
        updatedAt: Instant,
        createdBy: String = ""
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
        self.createdBy = createdBy
    }
}
