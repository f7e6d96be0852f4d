package import Descriptors

/// The facts about a segment that are measured when it arrives, so that planning needs no decoding.
package struct Measurement: Sendable, Hashable {
    /// The format's name: "wav", "flac", "mp3", "m4a", "adts", "opus" or "vorbis".
    package var format: String
    /// The file's own samples per second.
    package var sourceSampleRate: Int
    /// The file's own channels.
    package var sourceChannels: Int
    /// The number of samples of the segment in a book: mono, 44,100 a second. At least 1.
    package var samples: Int
    /// The largest magnitude, 1 being full scale. A lossy format may exceed it.
    package var peak: Double
    /// The sum of the squares of all samples.
    package var energy: Double
    /// The mean square of the quietest 500 ms, found in steps of 10 ms; of the whole segment if it is shorter. 0 for
    /// digital silence.
    package var quietestMeanSquare: Double
    /// Sentences for the book's owner, such as that the format does not say where the sound begins.
    package var warnings: [String]
}

/// Decodes a segment from its first sample to its last and measures it.
///
/// - Parameter descriptor: A regular file, open for reading. The caller keeps it.
/// - Throws: ``MediaError`` with the reason in words if the audio is not complete or not in an accepted format.
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
