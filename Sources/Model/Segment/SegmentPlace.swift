/// A segment as people find it, for messages.
public struct SegmentPlace: Sendable, Hashable {
    /// The chapter's number, from 1.
    public var chapter: Int
    /// The chapter's title.
    public var title: String
    /// The segment's number in the chapter, from 1.
    public var segment: Int

    /// The segment with this number in the chapter with this number and title.
    public init(chapter: Int, title: String, segment: Int) {
        self.chapter = chapter
        self.title = title
        self.segment = segment
    }
}
