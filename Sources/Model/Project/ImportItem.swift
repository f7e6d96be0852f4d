/// One item of an import, in the order of the book.
package enum ImportItem: Sendable, Hashable {
    /// What the book says about itself. First, and once.
    case header(ImportHeader)
    /// Begins a chapter.
    case chapter(title: String, kind: ChapterKind)
    /// Adds a segment to the chapter begun last. The text may be empty where there is audio, which is named by what its
    /// bytes hash to; a voice is given where it is not the book's.
    case segment(text: String, audio: Digest?, voice: Voice? = nil)
}
