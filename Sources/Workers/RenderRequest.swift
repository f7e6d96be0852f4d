public import Model

/// A chapter to be rendered: room tone, segments one after another, room tone.
public struct RenderRequest: Sendable {
    /// One segment.
    public struct Segment: Sendable {
        /// Its audio.
        public var file: WorkerFile
        /// The samples that were measured. Another number fails the task.
        public var samples: Int

        /// A segment of `samples` samples.
        public init(file: WorkerFile, samples: Int) {
            self.file = file
            self.samples = samples
        }
    }

    /// One encoding of the chapter.
    public struct Output: Sendable {
        /// How it is encoded.
        public var spec: AudioSpec
        /// Where. Of no use if the task fails.
        public var file: WorkerFile

        /// The chapter as `spec` in `file`.
        public init(spec: AudioSpec, file: WorkerFile) {
            self.spec = spec
            self.file = file
        }
    }

    /// Samples of room tone before the first segment.
    public var headSamples: Int
    /// Samples of room tone after the last segment.
    public var tailSamples: Int
    /// Gain in dB on the segments; 0 leaves them alone.
    public var gainDecibels: Double
    /// Peaks are kept below this many dB of full scale; nil leaves them alone.
    public var limitDecibels: Double?
    /// Whether what was encoded is decoded again, to tell its levels.
    public var measuresLevels: Bool
    /// Seeds the room tone: the same seed gives the same bytes.
    public var toneSeed: UInt64
    /// The segments, in order.
    public var segments: [Segment]
    /// The encodings, at most 16.
    public var outputs: [Output]

    /// A chapter of `segments`.
    public init(
        headSamples: Int,
        tailSamples: Int,
        gainDecibels: Double = 0,
        limitDecibels: Double? = nil,
        measuresLevels: Bool = false,
        toneSeed: UInt64,
        segments: [Segment],
        outputs: [Output]
    ) {
        self.headSamples = headSamples
        self.tailSamples = tailSamples
        self.gainDecibels = gainDecibels
        self.limitDecibels = limitDecibels
        self.measuresLevels = measuresLevels
        self.toneSeed = toneSeed
        self.segments = segments
        self.outputs = outputs
    }

    /// Samples of the whole chapter.
    public var samples: Int {
        segments.reduce(headSamples + tailSamples) { $0 + $1.samples }
    }
}

/// A chapter that was rendered.
public struct RenderedChapter: Sendable, Hashable {
    /// One encoding of it.
    public struct Output: Sendable, Hashable {
        /// Bytes of the file.
        public var bytes: Int
        /// Sizes of its packets, in order; empty for codecs whose packets say their own (MP3).
        public var packetSizes: [UInt32]
        /// What a decoder makes of it; nil unless it was asked for.
        public var levels: ChapterLevels?
    }

    /// Samples of the whole chapter: those of the request.
    public var samples: Int
    /// In the order of the request's outputs.
    public var outputs: [Output]
}
