package import Model

/// The properties that one of our packages must have, according to its plan. A foreign package has no expectation.
package struct PackageExpectation: Sendable, Hashable {
    /// The book's metadata.
    package var book: BookMetadata
    /// How the audio is encoded.
    package var audio: AudioSpec
    /// Samples of each section of audio, in order, at 44,100 Hz. A section is one chapter or a part of one.
    package var sections: [Int64]
    /// The chapter number, from 1, of each section.
    package var chapters: [Int]
    /// The SHA-256 of the package's bytes; nil if it is not to be checked.
    package var digest: Digest?

    /// An expectation with these values. ``sections`` and ``chapters`` must have the same number of elements.
    package init(book: BookMetadata, audio: AudioSpec, sections: [Int64], chapters: [Int]) {
        self.book = book
        self.audio = audio
        self.sections = sections
        self.chapters = chapters
    }
}
