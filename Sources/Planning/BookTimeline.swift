internal import Model

/// Where each rendered file of a book lies when they are played one after another, in samples at 44,100 Hz.
package struct BookTimeline: Sendable, Hashable {
    /// How the files are joined.
    package enum Joining: Sendable, Hashable {
        /// Files of their own, each played whole.
        case separate
        /// AAC in one track. Each file but the first brings its encoder's priming frame along: 1,024 samples before its
        /// own, the first's being hidden by the edit list.
        case primed
    }

    /// The sample at which each file's mark lies: its first sample, or the priming frame before it.
    package let marks: [Int]
    /// Samples of the whole.
    package let total: Int

    /// Lays `files` after one another.
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
