package import Descriptors

/// What is learned from a segment when it arrives, so that a plan needs no decoding.
package struct Measurement: Sendable, Hashable {
    /// The format's name: "wav", "flac", "mp3", "m4a", "adts", "opus" or "vorbis".
    package var format: String
    /// The file's own samples per second.
    package var sourceSampleRate: Int
    /// The file's own channels.
    package var sourceChannels: Int
    /// Samples of the segment in a book: mono, 44,100 a second. At least 1.
    package var samples: Int
    /// The largest magnitude, 1 being full scale. A lossy format may exceed it.
    package var peak: Double
    /// The sum of the squares of all samples.
    package var energy: Double
    /// The mean square of the quietest 500 ms, found in steps of 10 ms; of the whole where it is shorter. 0 for digital
    /// silence.
    package var quietestMeanSquare: Double
    /// Sentences for the book's owner, such as that the format does not say where the sound begins.
    package var warnings: [String]
}

/// Decodes a segment from its first sample to its last and measures it.
///
/// - Parameter descriptor: A regular file, open for reading. It stays the caller's.
/// - Throws: ``MediaError`` with the reason in words if the audio is not whole or not of a kind that is taken.
package func measure(descriptor: Descriptor) throws(MediaError) -> Measurement {
    var source = try AudioSource.open(descriptor: descriptor)
    var meter = Meter()
    let samples = try source.decode { piece in meter.append(piece) }
    return Measurement(
        format: source.format,
        sourceSampleRate: source.sampleRate,
        sourceChannels: source.channels,
        samples: samples,
        peak: meter.peak,
        energy: meter.energy,
        quietestMeanSquare: meter.quietestMeanSquare,
        warnings: source.warnings
    )
}
