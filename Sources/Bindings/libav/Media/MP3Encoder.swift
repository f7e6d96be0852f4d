import Descriptors

/// Writes one chapter as an MP3 file of constant bit rate: an Info frame, then frames of sound.
///
/// The file's size is ``MP3Layout/fileBytes(samples:bitRate:)``, decoding it gives exactly the samples that went in,
/// and the same samples give the same bytes. Not thread-safe.
final class MP3Encoder: ChapterEncoder {
    private let bitRate: Int
    private var encoder: Encoder
    private var output: OutputFile
    private var samples = 0
    private var crc = CRC16()

    /// - Throws: ``MediaError`` if `bitRate` is not one of ``MP3Layout/bitRates``, or the output is not a regular file.
    init(descriptor: Descriptor, bitRate: Int, measuresLevels: Bool) throws(MediaError) {
        guard MP3Layout.bitRates.contains(bitRate) else {
            throw MediaError(.unsupported, "MP3 has no constant bit rate of \(bitRate) bit/s")
        }
        self.bitRate = bitRate
        encoder = try Encoder.open("libmp3lame", bitRate: bitRate, options: [])
        if measuresLevels { try encoder.monitor(by: "mp3float") }
        output = try OutputFile(descriptor, reserving: MP3Layout.infoBytes(bitRate: bitRate))
    }

    func append(_ piece: Span<Float>) throws(MediaError) {
        try unsafe encoder.append(piece) { packet throws(MediaError) in try unsafe write(packet) }
        samples += piece.count
    }

    func finish() throws(MediaError) -> EncodedAudio {
        try unsafe encoder.finish { packet throws(MediaError) in try unsafe write(packet) }
        // The plan promised this size, and the package's layout was computed from it.
        let expected = MP3Layout.fileBytes(samples: samples, bitRate: bitRate)
        guard output.size == expected else {
            throw MediaError(.failed, "the MP3 encoder wrote \(output.size) bytes instead of \(expected)")
        }
        let info = InfoFrame(bitRate: bitRate, samples: samples, fileBytes: expected, musicCRC: crc.value)
        try output.finish(front: info.bytes)
        return EncodedAudio(
            samples: samples,
            sizeBytes: expected,
            packetSizes: [],
            decoderConfiguration: [],
            levels: encoder.levels
        )
    }

    private func write(_ packet: UnsafeBufferPointer<UInt8>) throws(MediaError) {
        unsafe crc.update(packet.span)
        try unsafe output.append(packet)
    }
}
