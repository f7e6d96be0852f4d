package import Descriptors
import Glibc

/// Renders one chapter: room tone, the segments one after another, room tone. Each segment is decoded once, and the
/// chapter is encoded once per spec.
///
/// Memory does not grow with the chapter. Not thread-safe. After an error the outputs must not be used, and no other
/// method may be called.
package final class ChapterRenderer {
    private static let pieceSamples = 4096
    /// A progress step: five seconds of audio, which are rendered in a fraction of a second.
    private static let beatSamples = 5 * 44_100

    private let encoders: [any ChapterEncoder]
    private let tone: RoomTone
    private let gain: Float
    private var limiter: PeakLimiter?
    /// Samples of the chapter so far.
    package private(set) var samples = 0

    /// Opens an encoder for each output and writes the room tone at the chapter's head.
    ///
    /// - Parameters:
    ///   - outputs: Each spec to encode, and for each a regular file that is open for reading and writing. The files
    ///     are emptied first, and the caller keeps them.
    ///   - headSamples: Samples of room tone before the first segment.
    ///   - gainDecibels: The gain for segments, not for room tone; 0 leaves the segments unchanged.
    ///   - limitDecibels: No peak is above this level in dB of full scale, because a limiter turns it down; nil for no
    ///     limiter.
    ///   - toneSeed: Seeds the room tone.
    ///   - measuresLevels: Whether the encoded audio is decoded again to measure its levels.
    /// - Throws: ``MediaError`` if an encoder refuses its spec or an output cannot be written.
    package init(
        outputs: [(spec: EncodeSpec, descriptor: Descriptor)],
        headSamples: Int,
        gainDecibels: Double,
        limitDecibels: Double? = nil,
        toneSeed: UInt64,
        measuresLevels: Bool = false
    ) throws(MediaError) {
        var encoders: [any ChapterEncoder] = []
        for (spec, descriptor) in outputs {
            switch spec.codec {
            case .mp3:
                encoders.append(
                    try MP3Encoder(descriptor: descriptor, bitRate: spec.bitRate, measuresLevels: measuresLevels)
                )
            case .aac:
                encoders.append(
                    try AACEncoder(descriptor: descriptor, bitRate: spec.bitRate, measuresLevels: measuresLevels)
                )
            }
        }
        self.encoders = encoders
        tone = RoomTone(seed: toneSeed)
        gain = gainDecibels == 0 ? 1 : Float(pow(10, gainDecibels / 20))
        limiter = limitDecibels.map { PeakLimiter(ceiling: Float(pow(10, $0 / 20))) }
        try appendTone(headSamples)
    }

    /// Decodes the next segment into the chapter. The caller can close the descriptor afterwards.
    ///
    /// - Parameters:
    ///   - index: The caller's number for the segment; ``MediaError/segment`` holds it if the segment is at fault.
    ///   - expected: The samples that ``measure(descriptor:)`` found: the plan, the chapter marks and the sizes of the
    ///     other outputs depend on that number.
    ///   - beat: Called after every five seconds of audio, with the samples of this segment so far: a segment may be
    ///     hours long.
    /// - Throws: ``MediaError`` of kind `changed` if the segment has a different number of samples, of other kinds that
    ///   blame the input if the audio is refused, and of kind `short` or `failed` if the segment is not at fault.
    package func append(
        segment index: Int,
        descriptor: Descriptor,
        samples expected: Int,
        beat: (Int) -> Void = { _ in }
    ) throws(MediaError) {
        do throws(MediaError) {
            var source = try AudioSource.open(descriptor: descriptor)
            var seen = 0
            _ = try source.decode { decoded throws(MediaError) in
                let beats = seen / Self.beatSamples
                seen += decoded.count
                guard seen <= expected else { throw changed("more than \(expected)", expected) }
                try append(decoded)
                if seen / Self.beatSamples > beats { beat(seen) }
            }
            guard seen == expected else { throw changed("\(seen)", expected) }
        } catch {
            throw error.at(segment: index)
        }
    }

    private func changed(_ found: String, _ expected: Int) -> MediaError {
        MediaError(.changed, "it decodes to \(found) samples, but measured \(expected) when it arrived")
    }

    /// Writes the room tone at the chapter's end and closes the encoders.
    ///
    /// - Returns: The description of each written file, in the order of the outputs.
    package func finish(tailSamples: Int) throws(MediaError) -> [EncodedAudio] {
        try appendTone(tailSamples)
        if limiter != nil {
            var rest: [Float] = []
            limiter?.finish(to: &rest)
            try encode(rest.span)
        }
        var encoded: [EncodedAudio] = []
        do throws(MediaError) {
            for encoder in encoders { encoded.append(try encoder.finish()) }
        } catch {
            throw error.ofEncoder
        }
        return encoded
    }

    private func append(_ decoded: Span<Float>) throws(MediaError) {
        guard gain != 1 else { return try give(decoded) }
        var scaled = [Float](repeating: 0, count: decoded.count)
        for index in decoded.indices { scaled[index] = decoded[index] * gain }
        try give(scaled.span)
    }

    private func appendTone(_ count: Int) throws(MediaError) {
        var piece = [Float](repeating: 0, count: ChapterRenderer.pieceSamples)
        var left = count
        while left > 0 {
            let count = min(ChapterRenderer.pieceSamples, left)
            for index in 0..<count { piece[index] = tone.sample(at: samples + index) }
            try give(piece.span.extracting(0..<count))
            left -= count
        }
    }

    private func give(_ span: Span<Float>) throws(MediaError) {
        samples += span.count
        guard limiter != nil else { return try encode(span) }
        var limited: [Float] = []
        limited.reserveCapacity(span.count)
        limiter?.append(span, to: &limited)
        try encode(limited.span)
    }

    /// Whatever goes wrong here is no fault of the segment that the samples come from.
    private func encode(_ span: Span<Float>) throws(MediaError) {
        do throws(MediaError) {
            for encoder in encoders { try encoder.append(span) }
        } catch {
            throw error.ofEncoder
        }
    }
}
