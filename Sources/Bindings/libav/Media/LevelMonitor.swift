import CLibAV

/// Decodes the packets of an encoder one by one and measures them, because a lossy encoder changes peaks and levels,
/// and platforms judge the encoded audio.
final class LevelMonitor {
    private let decoder: Decoder
    private let frame: Frame
    private var meter = Meter()

    /// Opens the decoder for the packets of the encoder with `parameters`.
    init(
        decoder name: String,
        parameters: UnsafeMutablePointer<AVCodecParameters>
    ) throws(MediaError) {
        guard let codec = unsafe avcodec_find_decoder_by_name(name) else {
            throw MediaError(.failed, "this build of libav has no decoder \"\(name)\"")
        }
        decoder = try unsafe Decoder.open(
            codec,
            parameters: parameters,
            timeBase: AVRational(num: 1, den: CInt(Resampler.rate)),
            isCutByUs: false
        )
        frame = try Frame()
    }

    /// The largest magnitude and the sum of the squares so far.
    var levels: EncodedAudio.Levels { EncodedAudio.Levels(peak: meter.peak, energy: meter.energy) }

    func append(_ packet: borrowing Packet) throws(MediaError) {
        try take(decoder.send(packet))
    }

    func finish() throws(MediaError) {
        try take(decoder.sendEnd())
    }

    private func take(_ sent: CInt) throws(MediaError) {
        var result = sent
        while result >= 0 {
            result = decoder.receive(frame)
            guard result >= 0 else { break }
            let count = frame.samples
            unsafe frame.withPointer { frame in
                guard let plane = unsafe frame.pointee.extended_data[0] else { return }
                let samples = unsafe UnsafeBufferPointer(
                    start: UnsafeRawPointer(plane).assumingMemoryBound(to: Float.self),
                    count: count
                )
                unsafe meter.append(samples.span)
            }
        }
        if result == clibav_error_again() || result == clibav_error_eof() { return }
        try av(.failed, "what was encoded cannot be decoded", result)
    }
}
