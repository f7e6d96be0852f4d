/// The facts that a worker found in a package by reading and decoding all of it. They contain no judgement.
///
/// The texts are not trusted, because the file may come from anybody.
package struct MeasuredPackage: Sendable, Hashable {
    /// One file of an archive.
    package struct Member: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// Its size in the archive.
        package var bytes: Int64
        /// Whether the archive holds it uncompressed. A compressed member was not read.
        package var isStored: Bool
        /// Whether its bytes match their checksum.
        package var isIntact: Bool

        /// A member with these values.
        package init(name: String, bytes: Int64, isStored: Bool, isIntact: Bool) {
            self.name = name
            self.bytes = bytes
            self.isStored = isStored
            self.isIntact = isIntact
        }
    }

    /// One audio file.
    package struct Track: Sendable, Hashable {
        /// The member's name; empty for an M4B.
        package var name: String
        /// Why it could not be decoded to its end, as the end of a sentence; nil if it was decoded completely.
        package var damage: String?
        /// The codec: "mp3", "aac", or the name of another.
        package var codec: String
        /// The lowest and the highest rate of its frames in bits per second; both are the average if frames have no
        /// rate.
        package var bitRates: ClosedRange<Int>
        /// Samples per second.
        package var sampleRate: Int
        /// Channels.
        package var channels: Int
        /// Bytes of the audio without tags.
        package var bytes: Int64
        /// Length at 44,100 Hz.
        package var samples: Int64
        /// Whether the file itself contains a cover.
        package var hasCover: Bool
        /// The title in its tag.
        package var title: String
        /// Its chapters, in order. A track that is one chapter has one section.
        package var sections: [Section]

        /// A track with these values.
        package init(
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
    package struct Section: Sendable, Hashable {
        /// Its title.
        package var title: String
        /// Length at 44,100 Hz.
        package var samples: Int64
        /// The largest magnitude, 1 being full scale.
        package var peak: Double
        /// The sum of the squares of all samples.
        package var energy: Double
        /// The mean square of the quietest 500 ms; 0 for digital silence.
        package var quietestMeanSquare: Double
        /// Samples before the first sound louder than room tone.
        package var quietAtStart: Int64
        /// Samples after the last sound louder than room tone.
        package var quietAtEnd: Int64

        /// A section with these values.
        package init(
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
    package struct Picture: Sendable, Hashable {
        /// Why it is not a complete image, as the end of a sentence; nil if it is.
        package var damage: String?
        /// Width in pixels.
        package var width: Int
        /// Height in pixels.
        package var height: Int

        /// A picture with these values.
        package init(damage: String? = nil, width: Int, height: Int) {
            self.damage = damage
            self.width = width
            self.height = height
        }
    }

    /// The index of an M4B.
    package struct Index: Sendable, Hashable {
        /// The main brand, such as `M4B `.
        package var brand: String
        /// Whether the index comes before the audio data.
        package var isFirst: Bool
        /// Audio tracks.
        package var audioTracks: Int
        /// Chapters of the QuickTime track, which Apple's programs read.
        package var quickTimeChapters: Int
        /// Chapters of Nero's list, which other programs read.
        package var neroChapters: Int

        /// An index with these values.
        package init(brand: String, isFirst: Bool, audioTracks: Int, quickTimeChapters: Int, neroChapters: Int) {
            self.brand = brand
            self.isFirst = isFirst
            self.audioTracks = audioTracks
            self.quickTimeChapters = quickTimeChapters
            self.neroChapters = neroChapters
        }
    }

    /// The text of an EPUB and its overlays.
    package struct Text: Sendable, Hashable {
        /// Clips of text and audio.
        package var clips: Int
        /// Documents that have a media overlay.
        package var documents: Int
        /// The first contradictions that were found, in sentences.
        package var faults: [String]
        /// The number of further contradictions.
        package var moreFaults: Int

        /// A text with these values.
        package init(clips: Int, documents: Int, faults: [String], moreFaults: Int) {
            self.clips = clips
            self.documents = documents
            self.faults = faults
            self.moreFaults = moreFaults
        }
    }

    /// Why the file could not be read at all, as the end of a sentence; nil if it could.
    package var refusal: String?
    /// Its size in bytes.
    package var bytes: Int64
    /// The SHA-256 of its bytes; nil if it was not computed.
    package var digest: Digest?
    /// The files of the archive; empty for an M4B.
    package var members: [Member]
    /// The audio files, in their order.
    package var tracks: [Track]
    /// The cover; nil without one.
    package var cover: Picture?
    /// Texts by name: `title`, `author`, `narrator`, `isbn`.
    package var tags: [String: String]
    /// The index of an M4B; nil for other formats.
    package var index: Index?
    /// The text of an EPUB; nil for other formats.
    package var text: Text?

    /// A package with these values.
    package init(
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
