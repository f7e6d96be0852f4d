/// How loud a chapter is, as one file.
public struct ChapterLevels: Sendable, Hashable {
    /// Its length in samples.
    public var samples: Int
    /// The largest absolute sample, 1 at full scale.
    public var peak: Double
    /// The sum of squared samples, full scale 1.
    public var energy: Double

    /// A chapter of `samples` samples.
    public init(samples: Int, peak: Double, energy: Double) {
        self.samples = samples
        self.peak = peak
        self.energy = energy
    }

    /// The mean square, full scale 1.
    public var meanSquare: Double { samples > 0 ? energy / Double(samples) : 0 }
}
