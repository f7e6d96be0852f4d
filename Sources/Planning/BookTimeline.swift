internal import Model

/// The position of each rendered file of a book when they are played one after another, in samples at 44,100 Hz.
package struct BookTimeline: Sendable, Hashable {
    /// How the files are joined.
    package enum Joining: Sendable, Hashable {
        /// Separate files, each played whole.
        case separate
        /// AAC in one track. Each file except the first is preceded by its encoder's priming frame, 1,024 samples long.
        /// The edit list hides that of the first file.
        case primed
    }

    /// The position of each file's mark: its first sample, or the priming frame before it.
    package let marks: [Int]
    /// Samples of the whole book.
    package let total: Int

    /// Places `files` one after another.
    package init(_ files: some Sequence<ChapterTimeline>, joining: Joining) {
        var marks: [Int] = []
        var end = 0
        for file in files {
            let priming = joining == .primed && !marks.isEmpty ? Timeline.grid : 0
            marks.append(end)
            end += priming + file.total
        }
        self.marks = marks
        total = end
    }
}
