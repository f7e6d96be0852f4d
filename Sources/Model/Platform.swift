/// A store that takes packages.
public enum Platform: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
    /// Apple Books: one M4B with chapters.
    case apple
    /// Google Play Books: a ZIP of MP3.
    case google
    /// Spotify for Authors: a ZIP of MP3, no file above two hours.
    case spotify
    /// ACX (Audible): a ZIP of MP3 with measured levels.
    case acx
    /// Kobo: EPUB 3 with text and audio in sync.
    case kobo

    /// Orders as the platforms are listed everywhere: apple, google, spotify, acx, kobo.
    public static func < (left: Self, right: Self) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}

/// How a package is made: the database's word is the raw value.
public enum PackageFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// An MPEG-4 audiobook.
    case m4b
    /// A ZIP of one MP3 per chapter.
    case zipMP3 = "zip_mp3"
    /// An EPUB 3 with media overlays.
    case epub3

    /// The file name extension, without the dot.
    public var fileExtension: String {
        switch self {
        case .m4b: "m4b"
        case .zipMP3: "zip"
        case .epub3: "epub"
        }
    }
}

/// How audio is encoded.
public struct AudioSpec: Sendable, Hashable, Codable {
    /// A codec that packages use.
    public enum Codec: String, Sendable, Hashable, Codable {
        /// AAC-LC.
        case aac
        /// MPEG-1 Layer III.
        case mp3
    }

    /// The codec.
    public var codec: Codec
    /// Bits per second; for MP3 constant.
    public var bitRate: Int
    /// Samples per second. 44,100 everywhere today.
    public var sampleRate: Int
    /// 1 everywhere today.
    public var channels: Int

    /// Audio in `codec` at `bitRate` bits per second, 44,100 Hz mono unless said otherwise.
    public init(codec: Codec, bitRate: Int, sampleRate: Int = 44_100, channels: Int = 1) {
        self.codec = codec
        self.bitRate = bitRate
        self.sampleRate = sampleRate
        self.channels = channels
    }

    /// The bit rates a book may ask for, in bits per second: those of MPEG-1 Layer III that do for speech. AAC takes them
    /// as well.
    public static let bitRates = [48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320].map { $0 * 1000 }

    /// The bit rate as stores write it, such as `256k`.
    public var bitRateText: String { "\(bitRate / 1000)k" }
}
