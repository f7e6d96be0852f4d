/// What a book says about itself: everything of `book.yaml` but its chapters.
public struct BookMetadata: Sendable, Hashable, Codable {
    /// The title. Never empty.
    public var title: String
    /// The subtitle, if it has one.
    public var subtitle: String?
    /// The authors, in order.
    public var authors: [String]
    /// The narrators, in order.
    public var narrators: [String]
    /// A BCP 47 language tag, such as `en`.
    public var language: String
    /// The publisher.
    public var publisher: String?
    /// The ISBN, as given.
    public var isbn: String?
    /// A description for shop pages.
    public var description: String?
    /// The copyright line.
    public var copyright: String?
    /// The series the book belongs to.
    public var series: String?
    /// The year of publication.
    public var year: Int?
    /// Whether the narration is synthetic.
    public var digitalVoice: Bool

    /// A book with `title`; all else as given.
    public init(
        title: String,
        subtitle: String? = nil,
        authors: [String] = [],
        narrators: [String] = [],
        language: String = "en",
        publisher: String? = nil,
        isbn: String? = nil,
        description: String? = nil,
        copyright: String? = nil,
        series: String? = nil,
        year: Int? = nil,
        digitalVoice: Bool = false
    ) {
        self.title = title
        self.subtitle = subtitle
        self.authors = authors
        self.narrators = narrators
        self.language = language
        self.publisher = publisher
        self.isbn = isbn
        self.description = description
        self.copyright = copyright
        self.series = series
        self.year = year
        self.digitalVoice = digitalVoice
    }
}

/// How a book is to be packaged: stores, overrides of their rules, mastering and room tone.
public struct PackagingSettings: Sendable, Hashable, Codable {
    /// Whether a chapter outside the level window is brought into it.
    public enum Mastering: String, Sendable, Hashable, Codable {
        /// Gain and a limiter until the encoded chapter measures inside the window; a chapter inside is not touched.
        case fit
        /// Levels stay as recorded.
        case off
    }

    /// A change of one store's rules for one book.
    public struct Override: Sendable, Hashable, Codable {
        /// Bits per second in place of the rule pack's.
        public var bitRate: Int?

        /// An override; nil keeps the rule pack's value.
        public init(bitRate: Int? = nil) { self.bitRate = bitRate }
    }

    /// The enabled stores; all when nil.
    public var platforms: [Platform]?
    /// Overrides by store.
    public var overrides: [Platform: Override]
    /// What is done about levels.
    public var mastering: Mastering
    /// Seconds of room tone before a chapter's first segment. Never less than 2,048 samples in the timeline.
    public var headSeconds: Double
    /// Seconds of room tone after a chapter's last segment. Never less than 2,048 samples in the timeline.
    public var tailSeconds: Double
    /// The voice for segments that name none.
    public var voice: Voice?

    /// Settings with the platform's defaults: all stores, `fit`, 0.75 s and 1.5 s of room tone.
    public init(
        platforms: [Platform]? = nil,
        overrides: [Platform: Override] = [:],
        mastering: Mastering = .fit,
        headSeconds: Double = 0.75,
        tailSeconds: Double = 1.5,
        voice: Voice? = nil
    ) {
        self.platforms = platforms
        self.overrides = overrides
        self.mastering = mastering
        self.headSeconds = headSeconds
        self.tailSeconds = tailSeconds
        self.voice = voice
    }
}

/// A voice of a speech provider.
public struct Voice: Sendable, Hashable, Codable {
    /// The provider: `espeak`, `openai` or `azure`.
    public var provider: String
    /// The provider's name for the voice, such as `en-us`.
    public var name: String

    /// The voice `name` of `provider`.
    public init(provider: String, name: String) {
        self.provider = provider
        self.name = name
    }
}

/// What a chapter is to a store.
public enum ChapterKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A chapter of the book.
    case chapter
    /// Title, author and narrator, spoken before the book.
    case openingCredits = "opening_credits"
    /// The end of the book, spoken.
    case closingCredits = "closing_credits"
}

/// What a worker measured about a segment's audio when it arrived.
public struct AudioMeasurement: Sendable, Hashable, Codable {
    /// The container and codec, such as `wav/pcm_s16le`.
    public var format: String
    /// Samples per second of the source.
    public var sourceSampleRate: Int
    /// Channels of the source.
    public var sourceChannels: Int
    /// Length in samples at 44,100 Hz, the timeline's unit.
    public var samples: Int
    /// The largest absolute sample, 1 at full scale.
    public var peak: Double
    /// The sum of squared samples at 44,100 Hz mono, full scale 1: lengths and energies add up, levels do not.
    public var energy: Double
    /// The mean square of the quietest 500 ms (of the whole, if it is shorter), full scale 1.
    public var quietestMeanSquare: Double
    /// What is uncertain about the audio, such as a format that cannot say where it begins.
    public var warnings: [String]

    /// A measurement with these values.
    public init(
        format: String,
        sourceSampleRate: Int,
        sourceChannels: Int,
        samples: Int,
        peak: Double,
        energy: Double,
        quietestMeanSquare: Double,
        warnings: [String] = []
    ) {
        self.format = format
        self.sourceSampleRate = sourceSampleRate
        self.sourceChannels = sourceChannels
        self.samples = samples
        self.peak = peak
        self.energy = energy
        self.quietestMeanSquare = quietestMeanSquare
        self.warnings = warnings
    }
}

/// A cover image, as measured by a worker.
public struct Cover: Sendable, Hashable, Codable {
    /// An image format that stores take.
    public enum Format: String, Sendable, Hashable, Codable {
        /// JPEG, `image/jpeg`.
        case jpeg
        /// PNG, `image/png`.
        case png

        /// The media type.
        public var mediaType: String { "image/\(rawValue)" }
        /// The file name extension, without the dot.
        public var fileExtension: String { self == .jpeg ? "jpg" : "png" }
    }

    /// What the bytes hash to; also their name in the blob store.
    public var digest: Digest
    /// Size in bytes.
    public var bytes: Int
    /// The image format.
    public var format: Format
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int

    /// A cover with these values.
    public init(digest: Digest, bytes: Int, format: Format, width: Int, height: Int) {
        self.digest = digest
        self.bytes = bytes
        self.format = format
        self.width = width
        self.height = height
    }
}

/// A whole book as the planner sees it: what is known, and what is missing.
public struct BookSnapshot: Sendable, Hashable {
    /// One segment.
    public struct Segment: Sendable, Hashable {
        /// Identifies it.
        public var id: SegmentID
        /// Its text, if it has one.
        public var text: String?
        /// Its audio, once there is one and it was measured.
        public var audio: Audio?
        /// Why the audio that was given was refused, if it was.
        public var refusal: String?
        /// The voice, where it is not the book's.
        public var voice: Voice?
        /// Whether the book names audio for it, received or not.
        public var namesAudio: Bool

        /// A segment with these values.
        public init(
            id: SegmentID,
            text: String?,
            audio: Audio?,
            refusal: String? = nil,
            voice: Voice? = nil,
            namesAudio: Bool = false
        ) {
            self.id = id
            self.text = text
            self.audio = audio
            self.refusal = refusal
            self.voice = voice
            self.namesAudio = namesAudio
        }
    }

    /// Audio of a segment.
    public struct Audio: Sendable, Hashable {
        /// What the bytes hash to.
        public var digest: Digest
        /// Size in bytes.
        public var bytes: Int
        /// What was measured.
        public var measurement: AudioMeasurement
        /// Where the bytes lie in the blob store: container, then path.
        public var location: BlobLocation

        /// Audio with these values.
        public init(digest: Digest, bytes: Int, measurement: AudioMeasurement, location: BlobLocation) {
            self.digest = digest
            self.bytes = bytes
            self.measurement = measurement
            self.location = location
        }
    }

    /// One chapter.
    public struct Chapter: Sendable, Hashable {
        /// Identifies it.
        public var id: ChapterID
        /// Its title.
        public var title: String
        /// What it is.
        public var kind: ChapterKind
        /// Its segments, in order.
        public var segments: [Segment]

        /// A chapter with these values.
        public init(id: ChapterID, title: String, kind: ChapterKind, segments: [Segment]) {
            self.id = id
            self.title = title
            self.kind = kind
            self.segments = segments
        }
    }

    /// Identifies the project.
    public var id: ProjectID
    /// A name for people that is unique in the tenant, such as `the-knot-keeper`.
    public var slug: String
    /// Changes whenever anything below changes.
    public var revision: Int64
    /// What the book says about itself.
    public var metadata: BookMetadata
    /// How it is to be packaged.
    public var settings: PackagingSettings
    /// Its cover, once there is one and it was measured.
    public var cover: Cover?
    /// Its chapters, in order.
    public var chapters: [Chapter]

    /// A book with these values.
    public init(
        id: ProjectID,
        slug: String,
        revision: Int64,
        metadata: BookMetadata,
        settings: PackagingSettings,
        cover: Cover?,
        chapters: [Chapter]
    ) {
        self.id = id
        self.slug = slug
        self.revision = revision
        self.metadata = metadata
        self.settings = settings
        self.cover = cover
        self.chapters = chapters
    }
}

/// Where bytes lie in a blob store.
public struct BlobLocation: Sendable, Hashable, Codable {
    /// The container. Always of one tenant.
    public var container: String
    /// The path inside it, with `/` between its parts.
    public var path: String

    /// The place `path` in `container`.
    public init(container: String, path: String) {
        self.container = container
        self.path = path
    }
}
