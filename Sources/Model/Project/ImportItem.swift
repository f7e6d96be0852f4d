/// One item of an import, in the order of the book.
package enum ImportItem: Sendable, Hashable {
    /// The book's metadata. It is the first item, and there is only one.
    case header(ImportHeader)
    /// Begins a chapter.
    case chapter(title: String, kind: ChapterKind)
    /// Adds a segment to the last chapter. The text may be empty if there is audio. The audio is named by its SHA-256.
    /// A voice is given if it differs from the book's.
    case segment(text: String, audio: Digest?, voice: Voice? = nil)
}
