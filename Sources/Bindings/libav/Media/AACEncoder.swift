import Descriptors

/// Writes one chapter as raw AAC-LC packets back to back. The first packet is priming.
///
/// `n` samples give `n / 1024` packets, rounded up, and one more for the priming. Chapters whose length is a multiple
/// of 1,024 can be joined packet by packet. The same samples give the same bytes. Not thread-safe.
final class AACEncoder: ChapterEncoder {
    private static let frameSamples = 1024

    private var encoder: Encoder
    private var output: OutputFile
    private var samples = 0
    private var sizes: [UInt32] = []

    /// - Throws: ``MediaError`` if `bitRate` is outside 32,000 to 256,000, or the output is not a regular file.
    init(descriptor: Descriptor, bitRate: Int, measuresLevels: Bool) throws(MediaError) {
        guard (32_000...256_000).contains(bitRate) else {
            throw MediaError(.unsupported, "AAC is not encoded at \(bitRate) bit/s")
        }
        // With noise substitution, the samples after a seek would depend on where decoding began.
        encoder = try Encoder.open("aac", bitRate: bitRate, options: [("aac_pns", "0")])
        if measuresLevels { try encoder.monitor(by: "aac") }
        output = try OutputFile(descriptor, reserving: 0)
    }

    func append(_ piece: Span<Float>) throws(MediaError) {
        try unsafe encoder.append(piece) { packet throws(MediaError) in try unsafe write(packet) }
        samples += piece.count
    }

    func finish() throws(MediaError) -> EncodedAudio {
        try unsafe encoder.finish { packet throws(MediaError) in try unsafe write(packet) }
        let expected = (samples + AACEncoder.frameSamples - 1) / AACEncoder.frameSamples + 1
        guard sizes.count == expected else {
            throw MediaError(.failed, "the AAC encoder wrote \(sizes.count) packets instead of \(expected)")
        }
        try output.finish(front: [])
        return EncodedAudio(
            samples: samples,
            sizeBytes: output.size,
            packetSizes: sizes,
            decoderConfiguration: encoder.decoderConfiguration,
            levels: encoder.levels
        )
    }

    private func write(_ packet: UnsafeBufferPointer<UInt8>) throws(MediaError) {
        sizes.append(UInt32(packet.count))
        try unsafe output.append(packet)
    }
}
