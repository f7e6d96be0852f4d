/// A whole book as the planner sees it: the known facts, and which parts are missing.
package struct BookSnapshot: Sendable, Hashable {
    /// One segment.
    package struct Segment: Sendable, Hashable {
        /// Identifies it.
        package var id: SegmentID
        /// Its text, if it has one.
        package var text: String?
        /// Its audio; nil until it was received and measured.
        package var audio: MeasuredAudio?
        /// Why the audio was refused; nil if it was not.
        package var refusal: String?
        /// The voice, if it differs from the book's.
        package var voice: Voice?
        /// Whether the book names audio for it, whether received or not.
        package var namesAudio: Bool
        /// Whether its audio was spoken by an engine and not by a person.
        package var isSynthetic: Bool
        /// Whether new audio was named that is to take the place of its audio, and was not received yet.
        package var awaitsAudio: Bool

        /// A segment with these values.
        package init(
            id: SegmentID,
            text: String?,
            audio: MeasuredAudio?,
            refusal: String? = nil,
            voice: Voice? = nil,
            namesAudio: Bool = false,
            isSynthetic: Bool = false,
            awaitsAudio: Bool = false
        ) {
            self.id = id
            self.text = text
            self.audio = audio
            self.refusal = refusal
            self.voice = voice
            self.namesAudio = namesAudio
            self.isSynthetic = isSynthetic
            self.awaitsAudio = awaitsAudio
        }
    }

    /// One chapter.
    package struct Chapter: Sendable, Hashable {
        /// Identifies it.
        package var id: ChapterID
        /// Its title.
        package var title: String
        /// Its role in the book.
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
    /// The book's metadata.
    package var metadata: BookMetadata
    /// The packaging settings.
    package var settings: PackagingSettings
    /// Its cover; nil until it was received and measured.
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

    /// Whether listeners hear a synthetic voice: the book says so, or an engine spoke at least one of its segments.
    package var isNarratedSynthetically: Bool {
        metadata.digitalVoice || chapters.contains { $0.segments.contains(where: \.isSynthetic) }
    }
}
