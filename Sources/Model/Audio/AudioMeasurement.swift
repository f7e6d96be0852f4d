/// What a worker measured about a segment's audio when it arrived.
package struct AudioMeasurement: Sendable, Hashable, Codable {
    /// The container and codec, such as `wav/pcm_s16le`.
    package var format: String
    /// Samples per second of the source.
    package var sourceSampleRate: Int
    /// Channels of the source.
    package var sourceChannels: Int
    /// Length in samples at 44,100 Hz, the timeline's unit.
    package var samples: Int
    /// The largest absolute sample, 1 at full scale.
    package var peak: Double
    /// The sum of squared samples at 44,100 Hz mono, full scale 1. Lengths and energies can be added; levels cannot.
    package var energy: Double
    /// The mean square of the quietest 500 ms (of the whole, if it is shorter), full scale 1.
    package var quietestMeanSquare: Double
    /// Sentences about uncertain facts, such as a format that cannot say where its sound begins.
    package var warnings: [String]

    /// A measurement with these values.
    package init(
        format: String,
        sourceSampleRate: Int,
        sourceChannels: Int,
        samples: Int,
        peak: Double,
        energy: Double,
        quietestMeanSquare: Double,
        warnings: [String] = []
    ) {
        self.format = format
        self.sourceSampleRate = sourceSampleRate
        self.sourceChannels = sourceChannels
        self.samples = samples
        self.peak = peak
        self.energy = energy
        self.quietestMeanSquare = quietestMeanSquare
        self.warnings = warnings
    }
}
