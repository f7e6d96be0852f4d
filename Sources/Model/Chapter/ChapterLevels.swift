/// The levels of a chapter as one file.
package struct ChapterLevels: Sendable, Hashable {
    /// Its length in samples, including room tone.
    package var samples: Int
    /// The largest absolute sample, 1 at full scale.
    package var peak: Double
    /// The sum of squared samples, full scale 1.
    package var energy: Double

    /// A chapter of `samples` samples.
    package init(samples: Int, peak: Double, energy: Double) {
        self.samples = samples
        self.peak = peak
        self.energy = energy
    }

    /// The mean square, full scale 1.
    package var meanSquare: Double { samples > 0 ? energy / Double(samples) : 0 }
}
