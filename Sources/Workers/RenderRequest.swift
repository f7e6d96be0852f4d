package import Model

/// A chapter to be rendered: room tone, segments one after another, room tone.
package struct RenderRequest: Sendable {
    /// One segment.
    package struct Segment: Sendable {
        /// Its audio.
        package var file: WorkerFile
        /// The samples that were measured. Another number fails the task.
        package var samples: Int

        /// A segment of `samples` samples.
        package init(file: WorkerFile, samples: Int) {
            self.file = file
            self.samples = samples
        }
    }

    /// One encoding of the chapter.
    package struct Output: Sendable {
        /// How it is encoded.
        package var spec: AudioSpec
        /// Where. Of no use if the task fails.
        package var file: WorkerFile

        /// The chapter as `spec` in `file`.
        package init(spec: AudioSpec, file: WorkerFile) {
            self.spec = spec
            self.file = file
        }
    }

    /// Samples of room tone before the first segment.
    package var headSamples: Int
    /// Samples of room tone after the last segment.
    package var tailSamples: Int
    /// Gain in dB on the segments; 0 leaves them alone.
    package var gainDecibels: Double
    /// Peaks are kept below this many dB of full scale; nil leaves them alone.
    package var limitDecibels: Double?
    /// Whether what was encoded is decoded again, to tell its levels.
    package var measuresLevels: Bool
    /// Seeds the room tone: the same seed gives the same bytes.
    package var toneSeed: UInt64
    /// The segments, in order.
    package var segments: [Segment]
    /// The encodings, at most 16.
    package var outputs: [Output]

    /// A chapter of `segments`.
    package init(
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
    package var samples: Int {
        segments.reduce(headSamples + tailSamples) { $0 + $1.samples }
    }
}

/// A chapter that was rendered.
package struct RenderedChapter: Sendable, Hashable {
    /// One encoding of it.
    package struct Output: Sendable, Hashable {
        /// Bytes of the file.
        package var bytes: Int
        /// Sizes of its packets, in order; empty for codecs whose packets say their own (MP3).
        package var packetSizes: [UInt32]
        /// What a decoder makes of it; nil unless it was asked for.
        package var levels: ChapterLevels?
    }

    /// Samples of the whole chapter: those of the request.
    package var samples: Int
    /// In the order of the request's outputs.
    package var outputs: [Output]
}
