/// How audio is encoded.
package struct AudioSpec: Sendable, Hashable, Codable {
    /// A codec that packages use.
    package enum Codec: String, Sendable, Hashable, Codable {
        /// AAC-LC.
        case aac
        /// MPEG-1 Layer III.
        case mp3
    }

    /// The codec.
    package var codec: Codec
    /// Bits per second; constant for MP3.
    package var bitRate: Int
    /// Samples per second. 44,100 everywhere today.
    package var sampleRate: Int
    /// 1 everywhere today.
    package var channels: Int

    /// Audio in `codec` at `bitRate` bits per second, 44,100 Hz mono unless said otherwise.
    package init(codec: Codec, bitRate: Int, sampleRate: Int = 44_100, channels: Int = 1) {
        self.codec = codec
        self.bitRate = bitRate
        self.sampleRate = sampleRate
        self.channels = channels
    }

    /// The bit rates a book may ask for, in bits per second: the rates of MPEG-1 Layer III that are sufficient for
    /// speech. AAC accepts them as well.
    package static let bitRates = [48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320].map { $0 * 1000 }

    /// The bit rate as platforms write it, such as `256k`.
    package var bitRateText: String { "\(bitRate / 1000)k" }
}
