/// What a worker found in a package by reading and decoding all of it: facts, nothing judged.
///
/// The texts come from a file that anybody may have made.
public struct MeasuredPackage: Sendable, Hashable {
    /// One file of an archive.
    public struct Member: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its size in the archive.
        public var bytes: Int64
        /// Whether it lies in the archive uncompressed. A compressed one was not read.
        public var isStored: Bool
        /// Whether its bytes match their checksum.
        public var isIntact: Bool

        /// A member with these values.
        public init(name: String, bytes: Int64, isStored: Bool, isIntact: Bool) {
            self.name = name
            self.bytes = bytes
            self.isStored = isStored
            self.isIntact = isIntact
        }
    }

    /// One audio file.
    public struct Track: Sendable, Hashable {
        /// The member's name; empty for an M4B.
        public var name: String
        /// Why it could not be decoded to its end, as the end of a sentence; nil if it could.
        public var damage: String?
        /// "mp3", "aac", or what else it is.
        public var codec: String
        /// The lowest and the highest rate of its frames in bits per second; the average, where frames have none.
        public var bitRates: ClosedRange<Int>
        /// Samples per second.
        public var sampleRate: Int
        /// Channels.
        public var channels: Int
        /// Bytes of the audio, tags not counted.
        public var bytes: Int64
        /// Length at 44,100 Hz.
        public var samples: Int64
        /// Whether it carries a cover of its own.
        public var hasCover: Bool
        /// The title in its tag.
        public var title: String
        /// Its chapters, in order; one if it is one.
        public var sections: [Section]

        /// A track with these values.
        public init(
            name: String,
            damage: String? = nil,
            codec: String,
            bitRates: ClosedRange<Int>,
            sampleRate: Int,
            channels: Int,
            bytes: Int64,
            samples: Int64,
            hasCover: Bool,
            title: String,
            sections: [Section]
        ) {
            self.name = name
            self.damage = damage
            self.codec = codec
            self.bitRates = bitRates
            self.sampleRate = sampleRate
            self.channels = channels
            self.bytes = bytes
            self.samples = samples
            self.hasCover = hasCover
            self.title = title
            self.sections = sections
        }
    }

    /// One chapter as it was decoded.
    public struct Section: Sendable, Hashable {
        /// Its title.
        public var title: String
        /// Length at 44,100 Hz.
        public var samples: Int64
        /// The largest magnitude, 1 being full scale.
        public var peak: Double
        /// The sum of the squares of all samples.
        public var energy: Double
        /// The mean square of the quietest 500 ms; 0 for digital silence.
        public var quietestMeanSquare: Double
        /// Samples before the first sound louder than room tone.
        public var quietAtStart: Int64
        /// Samples after the last sound louder than room tone.
        public var quietAtEnd: Int64

        /// A section with these values.
        public init(
            title: String,
            samples: Int64,
            peak: Double,
            energy: Double,
            quietestMeanSquare: Double,
            quietAtStart: Int64,
            quietAtEnd: Int64
        ) {
            self.title = title
            self.samples = samples
            self.peak = peak
            self.energy = energy
            self.quietestMeanSquare = quietestMeanSquare
            self.quietAtStart = quietAtStart
            self.quietAtEnd = quietAtEnd
        }
    }

    /// The cover.
    public struct Picture: Sendable, Hashable {
        /// Why it is no whole image, as the end of a sentence; nil if it is one.
        public var damage: String?
        /// Width in pixels.
        public var width: Int
        /// Height in pixels.
        public var height: Int

        /// A picture with these values.
        public init(damage: String? = nil, width: Int, height: Int) {
            self.damage = damage
            self.width = width
            self.height = height
        }
    }

    /// The index of an M4B.
    public struct Index: Sendable, Hashable {
        /// The main brand, such as `M4B `.
        public var brand: String
        /// Whether the index stands before the sound.
        public var isFirst: Bool
        /// Audio tracks.
        public var audioTracks: Int
        /// Chapters of the QuickTime track, which Apple's programs read.
        public var quickTimeChapters: Int
        /// Chapters of Nero's list, which others read.
        public var neroChapters: Int

        /// An index with these values.
        public init(brand: String, isFirst: Bool, audioTracks: Int, quickTimeChapters: Int, neroChapters: Int) {
            self.brand = brand
            self.isFirst = isFirst
            self.audioTracks = audioTracks
            self.quickTimeChapters = quickTimeChapters
            self.neroChapters = neroChapters
        }
    }

    /// The text of an EPUB and its overlays.
    public struct Text: Sendable, Hashable {
        /// Clips of text and audio.
        public var clips: Int
        /// Documents that overlays speak.
        public var documents: Int
        /// What contradicts something, in sentences: the first of them.
        public var faults: [String]
        /// How many more there are.
        public var moreFaults: Int

        /// A text with these values.
        public init(clips: Int, documents: Int, faults: [String], moreFaults: Int) {
            self.clips = clips
            self.documents = documents
            self.faults = faults
            self.moreFaults = moreFaults
        }
    }

    /// Why nothing of it could be read, as the end of a sentence; nil if it could.
    public var refusal: String?
    /// Its size in bytes.
    public var bytes: Int64
    /// What its bytes hash to; nil if nobody looked.
    public var digest: Digest?
    /// The files of the archive; none for an M4B.
    public var members: [Member]
    /// The audio files, in their order.
    public var tracks: [Track]
    /// The cover; nil without one.
    public var cover: Picture?
    /// Texts by name: `title`, `author`, `narrator`, `isbn`.
    public var tags: [String: String]
    /// The index of an M4B; nil for other formats.
    public var index: Index?
    /// The text of an EPUB; nil for other formats.
    public var text: Text?

    /// A package with these values.
    public init(
        refusal: String? = nil,
        bytes: Int64,
        members: [Member] = [],
        tracks: [Track] = [],
        cover: Picture? = nil,
        tags: [String: String] = [:],
        index: Index? = nil,
        text: Text? = nil
    ) {
        self.refusal = refusal
        self.bytes = bytes
        self.members = members
        self.tracks = tracks
        self.cover = cover
        self.tags = tags
        self.index = index
        self.text = text
    }
}
