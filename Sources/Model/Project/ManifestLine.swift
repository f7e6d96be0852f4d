/// One line of a project's manifest: a segment, or a chapter without segments.
package struct ManifestLine: Sendable, Hashable {
    /// A segment with the origin of its audio.
    package struct Segment: Sendable, Hashable {
        /// Identifies it.
        package var id: SegmentID
        /// The place in the chapter, from 1.
        package var position: Int
        /// Its text; empty when there is only audio.
        package var text: String
        /// The digest of its audio; nil while there is none.
        package var audio: Digest?
        /// Length of its audio at 44,100 Hz.
        package var samples: Int?
        /// The origin of the voice: `recorded`, or the name of an engine.
        package var provenance: String?

        /// A segment with these values.
        package init(id: SegmentID, position: Int, text: String, audio: Digest?, samples: Int?, provenance: String?) {
            self.id = id
            self.position = position
            self.text = text
            self.audio = audio
            self.samples = samples
            self.provenance = provenance
        }
    }

    /// The chapter.
    package var chapter: ChapterID
    /// The chapter's place in the book, from 1.
    package var chapterNumber: Int
    /// The chapter's title.
    package var title: String
    /// The chapter's role in the book.
    package var kind: ChapterKind
    /// The segment; nil for a chapter without any.
    package var segment: Segment?

    /// A line of `chapter` with these values.
    package init(chapter: ChapterID, chapterNumber: Int, title: String, kind: ChapterKind, segment: Segment?) {
        self.chapter = chapter
        self.chapterNumber = chapterNumber
        self.title = title
        self.kind = kind
        self.segment = segment
    }
}
