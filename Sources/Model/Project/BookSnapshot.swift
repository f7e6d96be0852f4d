/// A whole book as the planner sees it: what is known, and what is missing.
public struct BookSnapshot: Sendable, Hashable {
    /// One segment.
    public struct Segment: Sendable, Hashable {
        /// Identifies it.
        public var id: SegmentID
        /// Its text, if it has one.
        public var text: String?
        /// Its audio, once there is one and it was measured.
        public var audio: MeasuredAudio?
        /// Why the audio that was given was refused, if it was.
        public var refusal: String?
        /// The voice, where it is not the book's.
        public var voice: Voice?
        /// Whether the book names audio for it, received or not.
        public var namesAudio: Bool
        /// Whether an engine spoke its audio, and not a person.
        public var isSynthetic: Bool

        /// A segment with these values.
        public init(
            id: SegmentID,
            text: String?,
            audio: MeasuredAudio?,
            refusal: String? = nil,
            voice: Voice? = nil,
            namesAudio: Bool = false,
            isSynthetic: Bool = false
        ) {
            self.id = id
            self.text = text
            self.audio = audio
            self.refusal = refusal
            self.voice = voice
            self.namesAudio = namesAudio
            self.isSynthetic = isSynthetic
        }
    }

    /// One chapter.
    public struct Chapter: Sendable, Hashable {
        /// Identifies it.
        public var id: ChapterID
        /// Its title.
        public var title: String
        /// What it is.
        public var kind: ChapterKind
        /// Its segments, in order.
        public var segments: [Segment]

        /// A chapter with these values.
        public init(id: ChapterID, title: String, kind: ChapterKind, segments: [Segment]) {
            self.id = id
            self.title = title
            self.kind = kind
            self.segments = segments
        }
    }

    /// Identifies the project.
    public var id: ProjectID
    /// A name for people that is unique in the tenant, such as `the-knot-keeper`.
    public var slug: String
    /// Changes whenever anything below changes.
    public var revision: Int64
    /// What the book says about itself.
    public var metadata: BookMetadata
    /// How it is to be packaged.
    public var settings: PackagingSettings
    /// Its cover, once there is one and it was measured.
    public var cover: Cover?
    /// Its chapters, in order.
    public var chapters: [Chapter]

    /// A book with these values.
    public init(
        id: ProjectID,
        slug: String,
        revision: Int64,
        metadata: BookMetadata,
        settings: PackagingSettings,
        cover: Cover?,
        chapters: [Chapter]
    ) {
        self.id = id
        self.slug = slug
        self.revision = revision
        self.metadata = metadata
        self.settings = settings
        self.cover = cover
        self.chapters = chapters
    }

    /// Whether a listener hears a synthetic voice: the book says so, or an engine spoke one of its segments.
    public var isNarratedSynthetically: Bool {
        metadata.digitalVoice || chapters.contains { $0.segments.contains(where: \.isSynthetic) }
    }
}
