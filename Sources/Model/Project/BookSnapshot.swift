/// A whole book as the planner sees it: what is known, and what is missing.
package struct BookSnapshot: Sendable, Hashable {
    /// One segment.
    package struct Segment: Sendable, Hashable {
        /// Identifies it.
        package var id: SegmentID
        /// Its text, if it has one.
        package var text: String?
        /// Its audio, once there is one and it was measured.
        package var audio: MeasuredAudio?
        /// Why the audio that was given was refused, if it was.
        package var refusal: String?
        /// The voice, where it is not the book's.
        package var voice: Voice?
        /// Whether the book names audio for it, received or not.
        package var namesAudio: Bool
        /// Whether an engine spoke its audio, and not a person.
        package var isSynthetic: Bool

        /// A segment with these values.
        package init(
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
    package struct Chapter: Sendable, Hashable {
        /// Identifies it.
        package var id: ChapterID
        /// Its title.
        package var title: String
        /// What it is.
        package var kind: ChapterKind
        /// Its segments, in order.
        package var segments: [Segment]

        /// A chapter with these values.
        package init(id: ChapterID, title: String, kind: ChapterKind, segments: [Segment]) {
            self.id = id
            self.title = title
            self.kind = kind
            self.segments = segments
        }
    }

    /// Identifies the project.
    package var id: ProjectID
    /// A name for people that is unique in the tenant, such as `the-knot-keeper`.
    package var slug: String
    /// Changes whenever anything below changes.
    package var revision: Int64
    /// What the book says about itself.
    package var metadata: BookMetadata
    /// How it is to be packaged.
    package var settings: PackagingSettings
    /// Its cover, once there is one and it was measured.
    package var cover: Cover?
    /// Its chapters, in order.
    package var chapters: [Chapter]

    /// A book with these values.
    package init(
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
    package var isNarratedSynthetically: Bool {
        metadata.digitalVoice || chapters.contains { $0.segments.contains(where: \.isSynthetic) }
    }
}
