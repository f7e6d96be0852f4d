/// The place of a segment in the book, for messages to people.
package struct SegmentPlace: Sendable, Hashable {
    /// The chapter's number, from 1.
    package var chapter: Int
    /// The chapter's title.
    package var title: String
    /// The segment's number in the chapter, from 1.
    package var segment: Int

    /// The segment with this number in the chapter with this number and title.
    package init(chapter: Int, title: String, segment: Int) {
        self.chapter = chapter
        self.title = title
        self.segment = segment
    }
}
