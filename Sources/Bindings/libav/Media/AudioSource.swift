import CLibAV
package import Descriptors

/// One segment's audio, opened and checked, ready to be decoded once.
///
/// Nothing of the file is trusted: its format is found by its first bytes, its structure is walked before libav sees
/// it, and only the decoder that belongs to the format can be reached. Not thread-safe.
@safe package struct AudioSource: ~Copyable {
    /// The format's name: "wav", "flac", "mp3", "m4a", "adts", "opus" or "vorbis".
    package let format: String
    /// The rate of the first frame, in samples per second; 0 until ``decode(_:)`` has seen it.
    package private(set) var sampleRate = 0
    /// The channels of the first frame; 0 until ``decode(_:)`` has seen it.
    package private(set) var channels = 0
    /// Whole sentences about facts that the format does not state, such as where the sound begins; complete after
    /// ``decode(_:)``.
    package private(set) var warnings: [String]

    /// Samples of Vorbis's largest block.
    private static let largestBlock = 8192

    private let container: AudioFormat
    private let structure: Structure
    private let demuxer: Demuxer
    /// The audio is refused if it is longer than this number of seconds.
    private let longest: Int
    /// Samples decoded so far, at the source's own rate.
    private var decoded = 0
    /// Whether the container named samples to drop at the front.
    private var isTrimmed = false
    private var buffer: [Float] = []

    /// Opens the audio of a regular file. The caller keeps the descriptor, and the descriptor's position does not
    /// matter.
    ///
    /// - Parameters:
    ///   - range: The part of the file that is the audio; the whole file when nil.
    ///   - longest: The longest audio that is accepted, in seconds; four hours for a segment.
    /// - Throws: ``MediaError`` if the file is not audio in an accepted format, or its structure shows that a part is
    ///   missing.
    package static func open(
        descriptor: Descriptor,
        range: Range<Int>? = nil,
        longest: Int = AudioLimits.longestSegment
    ) throws(MediaError) -> AudioSource {
        Library.prepare()
        let file = try MediaFile(descriptor, range: range)
        let sniffed = try Sniffed(file)
        let structure = try Structure.check(sniffed, in: file)
        let demuxer = try Demuxer.open(file, range: structure.range, as: sniffed.format)
        return AudioSource(sniffed.format, structure, demuxer, longest)
    }

    private init(_ container: AudioFormat, _ structure: Structure, _ demuxer: consuming Demuxer, _ longest: Int) {
        self.container = container
        self.longest = longest
        self.structure = structure
        self.demuxer = demuxer
        format = container.rawValue
        warnings = structure.warnings
    }

    /// Decodes everything, mixed to mono at 44,100 Hz, in pieces of any size.
    ///
    /// The sum of the pieces is the segment's length, and the same on every host.
    ///
    /// - Returns: The number of samples given to `body`, at least 1.
    /// - Throws: ``MediaError`` if the sound is damaged, incomplete, empty or too long, and what `body`
    ///   throws.
    package mutating func decode(_ body: (Span<Float>) throws(MediaError) -> Void) throws(MediaError) -> Int {
        let decoder = try demuxer.decoder(isCutByUs: container == .vorbis)
        let packet = try Packet()
        let frame = try Frame()
        var output = Output()
        var hasMore = true
        var isFirst = true
        LogTail.clear()
        while hasMore {
            hasMore = try demuxer.read(into: packet)
            if hasMore, packet.isCorrupt, !structure.ignoresCorruptFlag { throw damaged(.truncated, "it breaks off") }
            if isFirst { isTrimmed = packet.skippedAtStart > 0 }
            isFirst = false
            var result = hasMore ? decoder.send(packet) : decoder.sendEnd()
            while result >= 0 {
                result = decoder.receive(frame)
                if result >= 0 { try take(frame, &output, body) }
            }
            if result == clibav_error_again() || result == clibav_error_eof() { continue }
            throw try fault(result, packet)
        }
        try output.finish(&buffer, body)
        try checkLength()
        guard output.samples > 0 else { throw Structure.noSound }
        warnOfStart()
        return output.samples
    }

    /// Counts, cuts and resamples one frame.
    private mutating func take(
        _ frame: borrowing Frame,
        _ output: inout Output,
        _ body: (Span<Float>) throws(MediaError) -> Void
    ) throws(MediaError) {
        try AudioLimits.check(rate: frame.rate, channels: frame.channels)
        if sampleRate == 0 {
            sampleRate = frame.rate
            channels = frame.channels
            if let samples = structure.length.samples {
                try AudioLimits.check(samples: samples, rate: sampleRate, longest: longest)
            }
        }
        if let end = cut, decoded + frame.samples > end {
            // The last frame is padded, and only the container knows how much of it is sound.
            let kept = max(0, end - decoded)
            decoded += frame.samples
            guard kept > 0 else { return }
            frame.samples = kept
        } else {
            decoded += frame.samples
        }
        try AudioLimits.check(samples: decoded, rate: sampleRate, longest: longest)
        try output.append(frame, &buffer, body)
    }

    /// The error for a packet that the decoder refused.
    private func fault(_ result: CInt, _ packet: borrowing Packet) throws(MediaError) -> MediaError {
        guard result != clibav_error(ENOMEM) else { return MediaError.outOfMemory }
        let damage = damaged(.damaged, "its sound is damaged")
        // When a frame was cut in two, the decoder says only that the frame is damaged. The file is truncated if
        // nothing follows it.
        guard let promised = structure.length.samples, decoded < promised, sampleRate > 0,
            try !demuxer.read(into: packet)
        else { return damage }
        return MediaError.endsEarly(decoded, of: promised, at: sampleRate)
    }

    private func damaged(_ kind: MediaError.Kind, _ what: String) -> MediaError {
        let place = sampleRate > 0 ? " after \(seconds(decoded, at: sampleRate))" : ""
        return MediaError(kind, what + place + LogTail.suffix)
    }

    /// The sample at which the decoder's output is cut here; nil if it is not cut here, because the decoder itself cuts
    /// it or the length is not known.
    private var cut: Int? {
        switch structure.length {
        case .cut(to: let samples): samples
        case .cutToIndex: demuxer.duration(at: sampleRate)
        case .exactly, .unknown: nil
        }
    }

    /// Compares the number of decoded samples with the number that the file promised.
    private func checkLength() throws(MediaError) {
        guard sampleRate > 0 else { return }
        let expected: Int
        var excess = 0
        switch structure.length {
        case .unknown: return
        case .exactly(let samples): expected = samples
        case .cut(to: let samples):
            expected = samples
            excess = AudioSource.largestBlock
        case .cutToIndex:
            guard let end = cut else { throw MediaError(.damaged, "its index does not say how long it is") }
            // Edit lists count in milliseconds, and may leave out any length at the end.
            guard decoded < end - sampleRate / 1000 - 1 else { return }
            expected = end
        }
        if decoded < expected { throw MediaError.endsEarly(decoded, of: expected, at: sampleRate) }
        guard decoded > expected + excess else { return }
        let found = seconds(decoded, at: sampleRate)
        let promised = seconds(expected, at: sampleRate)
        throw MediaError(.damaged, "it goes on for \(found) where its header says \(promised)")
    }

    /// Adds a warning if the format cannot say where its sound begins. The beginning is not guessed.
    private mutating func warnOfStart() {
        guard !structure.startIsKnown || (container == .m4a && !isTrimmed) else { return }
        let what =
            switch container {
            case .mp3: "an MP3 file without a LAME tag"
            case .m4a: "an M4A file without an edit list"
            default: "\(container.label)"
            }
        warnings.append("\(what) does not say where its sound begins: it may come 25 to 50 ms late")
    }
}

/// The resampler in use, and what has come out of it.
private struct Output: ~Copyable {
    /// The largest magnitude that is accepted. A float WAV beyond it does not hold floats whose full scale is 1.
    private static let largest: Float = 64

    private(set) var samples = 0
    private var resampler: Resampler?

    mutating func append(
        _ frame: borrowing Frame,
        _ buffer: inout [Float],
        _ body: (Span<Float>) throws(MediaError) -> Void
    ) throws(MediaError) {
        let input = Resampler.Input(frame)
        if resampler?.input != input {
            try finish(&buffer, body)
            resampler = try Resampler.open(input)
        }
        guard let count = try resampler?.convert(frame, into: &buffer) else { return }
        try give(buffer.span.extracting(0..<count), body)
    }

    /// Takes the samples that the resampler still holds; without this a segment would be some samples too short.
    mutating func finish(_ buffer: inout [Float], _ body: (Span<Float>) throws(MediaError) -> Void) throws(MediaError) {
        while let count = try resampler?.drain(into: &buffer), count > 0 {
            try give(buffer.span.extracting(0..<count), body)
        }
        resampler = nil
    }

    private mutating func give(
        _ piece: Span<Float>,
        _ body: (Span<Float>) throws(MediaError) -> Void
    ) throws(MediaError) {
        guard !piece.isEmpty else { return }
        var isSound = true
        // A comparison with "not a number" is false, so the condition is negated.
        for index in piece.indices where !(abs(piece[index]) <= Output.largest) { isSound = false }
        guard isSound else { throw MediaError(.damaged, "its samples are no numbers between -1 and 1") }
        samples += piece.count
        try body(piece)
    }
}
