package import Model

/// What a package of ours must be, from its plan. A foreign package has none.
package struct PackageExpectation: Sendable, Hashable {
    /// What the book says about itself.
    package var book: BookMetadata
    /// How the audio is encoded.
    package var audio: AudioSpec
    /// Samples of each stretch of audio that is one chapter or a part of one, in order, at 44,100 Hz.
    package var sections: [Int64]
    /// The number of the chapter, from 1, that each stretch belongs to.
    package var chapters: [Int]
    /// What the package's bytes hash to; nil while that is not looked at.
    package var digest: Digest?

    /// An expectation with these values; ``sections`` and ``chapters`` have as many elements.
    package init(book: BookMetadata, audio: AudioSpec, sections: [Int64], chapters: [Int]) {
        self.book = book
        self.audio = audio
        self.sections = sections
        self.chapters = chapters
    }
}
