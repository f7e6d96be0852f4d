/// The settings a chapter is encoded with: mono at 44,100 Hz in either codec.
package struct EncodeSpec: Sendable, Hashable {
    /// The codecs packages need.
    package enum Codec: String, Sendable {
        case mp3, aac
    }

    /// The codec.
    package var codec: Codec
    /// Bits per second. For MP3 it is constant and one of the format's own rates from 48,000 to 320,000; for AAC it is
    /// a target.
    package var bitRate: Int

    /// Creates a spec. It is checked when an encoder is opened for it.
    package init(codec: Codec, bitRate: Int) {
        self.codec = codec
        self.bitRate = bitRate
    }
}

/// What an encoder wrote.
package struct EncodedAudio: Sendable, Hashable {
    /// The levels of the encoded audio after it is decoded again.
    package struct Levels: Sendable, Hashable {
        /// The largest magnitude, 1 being full scale.
        package var peak: Double
        /// The sum of the squares of all samples.
        package var energy: Double
    }

    /// The number of samples that went in. A decoder gives the same number back for an MP3. For AAC it gives 1,024 samples
    /// of priming before them, and after them what the last packet is padded with.
    package var samples: Int
    /// Bytes of the output.
    package var sizeBytes: Int
    /// Sizes of the packets in their order; empty for MP3, whose frames state their own size.
    package var packetSizes: [UInt32]
    /// AAC's AudioSpecificConfig (ISO 14496-3 §1.6.2.1); empty for MP3.
    package var decoderConfiguration: [UInt8]
    /// The levels; nil unless they were asked for.
    package var levels: Levels?
}

/// An encoder that writes one chapter to a descriptor: first the samples in pieces of any size, then the end.
protocol ChapterEncoder: AnyObject {
    func append(_ piece: Span<Float>) throws(MediaError)
    /// Ends the file. It is called once, and no other call may follow.
    func finish() throws(MediaError) -> EncodedAudio
}
