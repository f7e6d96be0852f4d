/// What a worker measured about a segment's audio when it arrived.
public struct AudioMeasurement: Sendable, Hashable, Codable {
    /// The container and codec, such as `wav/pcm_s16le`.
    public var format: String
    /// Samples per second of the source.
    public var sourceSampleRate: Int
    /// Channels of the source.
    public var sourceChannels: Int
    /// Length in samples at 44,100 Hz, the timeline's unit.
    public var samples: Int
    /// The largest absolute sample, 1 at full scale.
    public var peak: Double
    /// The sum of squared samples at 44,100 Hz mono, full scale 1: lengths and energies add up, levels do not.
    public var energy: Double
    /// The mean square of the quietest 500 ms (of the whole, if it is shorter), full scale 1.
    public var quietestMeanSquare: Double
    /// What is uncertain about the audio, such as a format that cannot say where it begins.
    public var warnings: [String]

    /// A measurement with these values.
    public init(
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
