package import Model

/// A chapter to be rendered: room tone, segments one after another, room tone.
package struct RenderRequest: Sendable {
    /// One segment.
    package struct Segment: Sendable {
        /// Its audio.
        package var file: WorkerFile
        /// The number of samples that was measured. If it differs, the task fails.
        package var samples: Int

        /// A segment of `samples` samples.
        package init(file: WorkerFile, samples: Int) {
            self.file = file
            self.samples = samples
        }
    }

    /// One encoding of the chapter.
    package struct Output: Sendable {
        /// The encoding.
        package var spec: AudioSpec
        /// The output file. It must not be used if the task fails.
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
    /// Gain in dB on the segments; 0 leaves them unchanged.
    package var gainDecibels: Double
    /// No peak of the chapter is above this level in dB of full scale before it is encoded; nil for no limiter.
    package var limitDecibels: Double?
    /// Whether the encoded audio is decoded again to measure its levels.
    package var measuresLevels: Bool
    /// The seed of the room tone; the same seed gives the same bytes.
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
    /// One encoding of the chapter.
    package struct Output: Sendable, Hashable {
        /// Bytes of the file.
        package var bytes: Int
        /// Sizes of its packets, in order; empty for codecs whose packets state their own size (MP3).
        package var packetSizes: [UInt32]
        /// The levels of the encoded audio after decoding; nil unless they were asked for.
        package var levels: ChapterLevels?
    }

    /// Samples of the whole chapter, which are those of the request.
    package var samples: Int
    /// The encodings, in the order of the request's outputs.
    package var outputs: [Output]
}
