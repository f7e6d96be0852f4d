package import Descriptors

/// The properties of an audio file of a package, found by decoding it from its first sample to its last.
package struct TrackMeasurement: Sendable, Hashable {
    /// One stretch of the file: a chapter, or all of it.
    package struct Section: Sendable, Hashable {
        /// Samples, mono at 44,100 Hz.
        package var samples: Int
        /// The largest magnitude, 1 being full scale.
        package var peak: Double
        /// The sum of the squares of all samples.
        package var energy: Double
        /// The mean square of the quietest 500 ms; of the whole where it is shorter. 0 for digital silence.
        package var quietestMeanSquare: Double
        /// Samples before the first 10 ms that are louder than room tone; all samples of the section if none is louder.
        package var quietAtStart: Int
        /// Samples after the last 10 ms that are louder than room tone; all samples of the section if none is louder.
        package var quietAtEnd: Int
    }

    /// The container's name: "mp3", "m4a" and so on, as in ``Measurement/format``.
    package var format: String
    /// The file's own samples per second.
    package var sampleRate: Int
    /// The file's own channels. More than one are mixed down before they are measured.
    package var channels: Int
    /// Samples of the whole, mono at 44,100 Hz.
    package var samples: Int
    /// The sections that were asked for, in order. A section that begins after the end is empty.
    package var sections: [Section]
}

/// Decodes an audio file of a package and measures each of its sections.
///
/// - Parameters:
///   - range: The part of the file that is the audio; the whole file when nil.
///   - longest: The longest audio that is accepted, in seconds.
///   - marks: Where sections begin, ascending, in samples at 44,100 Hz. Samples before the first mark belong to the
///     first section.
///   - progress: Called at the beginning and about once for each ten seconds of sound, with the samples at 44,100 Hz so
///     far.
/// - Throws: ``MediaError`` with the reason in words if the audio is not complete.
package func measureTrack(
    descriptor: Descriptor,
    range: Range<Int>? = nil,
    longest: Int,
    marks: [Int],
    progress: (Int) -> Void
) throws(MediaError) -> TrackMeasurement {
    var source = try AudioSource.open(descriptor: descriptor, range: range, longest: longest)
    let ends = Array(marks.dropFirst())
    var meters: [SectionMeter] = []
    var meter = SectionMeter()
    var position = 0
    var nextReport = 0
    let samples = try source.decode { piece throws(MediaError) in
        var rest = 0..<piece.count
        while !rest.isEmpty {
            let end = meters.count < ends.count ? ends[meters.count] : Int.max
            let count = min(rest.count, max(0, end - position))
            meter.append(piece.extracting(rest.lowerBound..<rest.lowerBound + count))
            position += count
            rest = rest.lowerBound + count..<rest.upperBound
            guard position >= end else { continue }
            meters.append(meter)
            meter = SectionMeter()
        }
        guard position >= nextReport else { return }
        nextReport = position + 10 * Resampler.rate
        progress(position)
    }
    meters.append(meter)
    while meters.count <= ends.count { meters.append(SectionMeter()) }
    return TrackMeasurement(
        format: source.format,
        sampleRate: source.sampleRate,
        channels: source.channels,
        samples: samples,
        sections: meters.map(\.section)
    )
}

/// Measures the level of one section and the quiet at its ends.
private struct SectionMeter {
    /// 10 ms.
    private static let block = 441
    /// Mean square of −50 dB of full scale: above any room tone that a platform accepts (−60 dB), below any speech.
    private static let roomTone = 1e-5

    private var meter = Meter()
    private var blockEnergy = 0.0
    private var blockSamples = 0
    private var closed = 0
    private var firstLoud: Int?
    private var lastLoudEnd = 0

    mutating func append(_ piece: Span<Float>) {
        meter.append(piece)
        var offset = 0
        while offset < piece.count {
            let count = min(SectionMeter.block - blockSamples, piece.count - offset)
            var sum = blockEnergy
            for index in offset..<offset + count { sum += Double(piece[index]) * Double(piece[index]) }
            blockEnergy = sum
            blockSamples += count
            offset += count
            if blockSamples == SectionMeter.block { closeBlock() }
        }
    }

    private mutating func closeBlock() {
        if blockEnergy > SectionMeter.roomTone * Double(SectionMeter.block) {
            firstLoud = firstLoud ?? closed
            lastLoudEnd = closed + SectionMeter.block
        }
        closed += SectionMeter.block
        blockEnergy = 0
        blockSamples = 0
    }

    var section: TrackMeasurement.Section {
        TrackMeasurement.Section(
            samples: meter.samples,
            peak: meter.peak,
            energy: meter.energy,
            quietestMeanSquare: meter.quietestMeanSquare,
            quietAtStart: firstLoud ?? meter.samples,
            quietAtEnd: meter.samples - lastLoudEnd
        )
    }
}
