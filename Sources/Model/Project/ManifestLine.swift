/// One line of a project's manifest: a segment, or a chapter that has none.
public struct ManifestLine: Sendable, Hashable {
    /// A segment with where its audio comes from.
    public struct Segment: Sendable, Hashable {
        /// Identifies it.
        public var id: SegmentID
        /// The place in the chapter, from 1.
        public var position: Int
        /// Its text; empty when there is only audio.
        public var text: String
        /// The digest of its audio; nil while there is none.
        public var audio: Digest?
        /// Length of its audio at 44,100 Hz.
        public var samples: Int?
        /// Who or what spoke.
        public var provenance: String?

        /// A segment with these values.
        public init(id: SegmentID, position: Int, text: String, audio: Digest?, samples: Int?, provenance: String?) {
            self.id = id
            self.position = position
            self.text = text
            self.audio = audio
            self.samples = samples
            self.provenance = provenance
        }
    }

    /// The chapter.
    public var chapter: ChapterID
    /// The chapter's place in the book, from 1.
    public var chapterNumber: Int
    /// The chapter's title.
    public var title: String
    /// What the chapter is.
    public var kind: ChapterKind
    /// The segment; nil for a chapter without any.
    public var segment: Segment?

    /// A line of `chapter` with these values.
    public init(chapter: ChapterID, chapterNumber: Int, title: String, kind: ChapterKind, segment: Segment?) {
        self.chapter = chapter
        self.chapterNumber = chapterNumber
        self.title = title
        self.kind = kind
        self.segment = segment
    }
}
