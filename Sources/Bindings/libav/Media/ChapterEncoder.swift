/// What a chapter is encoded as: mono at 44,100 Hz in either codec.
package struct EncodeSpec: Sendable, Hashable {
    /// The codecs packages need.
    package enum Codec: String, Sendable {
        case mp3, aac
    }

    /// The codec.
    package var codec: Codec
    /// Bits per second: for MP3 one of the format's own rates from 48,000 to 320,000, kept constant; for AAC a target.
    package var bitRate: Int

    /// A spec that is checked when an encoder is opened for it.
    package init(codec: Codec, bitRate: Int) {
        self.codec = codec
        self.bitRate = bitRate
    }
}

/// What an encoder wrote.
package struct EncodedAudio: Sendable, Hashable {
    /// What a decoder makes of it.
    package struct Levels: Sendable, Hashable {
        /// The largest magnitude, 1 being full scale.
        package var peak: Double
        /// The sum of the squares of all samples.
        package var energy: Double
    }

    /// Samples that went in, and that a decoder gives back.
    package var samples: Int
    /// Bytes of the output.
    package var sizeBytes: Int
    /// Sizes of the packets in their order; empty for MP3, whose frames say their own.
    package var packetSizes: [UInt32]
    /// AAC's AudioSpecificConfig (ISO 14496-3 §1.6.2.1); empty for MP3.
    package var decoderConfiguration: [UInt8]
    /// Its levels; nil unless they were asked for.
    package var levels: Levels?
}

/// An encoder that writes one chapter to a descriptor: pieces of any size, then the end.
protocol ChapterEncoder: AnyObject {
    func append(_ piece: Span<Float>) throws(MediaError)
    /// Ends the file. Called once, and nothing after it.
    func finish() throws(MediaError) -> EncodedAudio
}
