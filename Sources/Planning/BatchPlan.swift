public import Model

/// What one CreateAll will build, decided before anything is encoded.
///
/// Plain data: the same book, stores and encoder give the same plan. It is kept as JSON for as long as its jobs, so members
/// are added and never renamed.
///
/// A plan of a book whose audio is not all there is a **draft**: the missing lengths are estimated, and it has no recipe
/// digests. Once ``isComplete`` it can be carried out.
public struct BatchPlan: Sendable, Hashable, Codable {
    /// One segment of a chapter.
    public struct Segment: Sendable, Hashable, Codable {
        /// Identifies it.
        public var id: SegmentID
        /// Its text, where a package carries the text.
        public var text: String?
        /// Its audio; nil while it is missing.
        public var audio: Audio?
        /// Length at 44,100 Hz: measured, or estimated from the text while audio is missing.
        public var samples: Int
    }

    /// Where a segment's audio lies.
    public struct Audio: Sendable, Hashable, Codable {
        /// What the bytes hash to.
        public var digest: Digest
        /// Size in bytes.
        public var bytes: Int
        /// Where they lie in the blob store.
        public var location: BlobLocation
    }

    /// One chapter of the book.
    public struct Chapter: Sendable, Hashable, Codable {
        /// Identifies it.
        public var id: ChapterID
        /// The place in the book, from 1.
        public var number: Int
        /// Its title.
        public var title: String
        /// What it is to a store.
        public var kind: ChapterKind
        /// Its segments, in order.
        public var segments: [Segment]
    }

    /// One run of segments that is decoded once and encoded once for each distinct audio spec: a chapter, or one part of a
    /// chapter that is too long for a store.
    public struct Render: Sendable, Hashable, Codable {
        /// The chapter's place in ``BatchPlan/chapters``, from 0.
        public var chapter: Int
        /// The segments of the chapter.
        public var segments: Range<Int>
        /// Which part of the chapter this is, from 1; 1 of 1 is the whole chapter.
        public var part: Int
        /// How many parts the chapter has where this one is used.
        public var parts: Int
        /// Where everything lies in it.
        public var timeline: ChapterTimeline
        /// Gain on the segments in dB. 0 leaves them alone.
        public var gainDecibels: Double
        /// The level below which peaks are kept, in dB of full scale; nil leaves them alone. Like the gain, it is where
        /// mastering begins: what the encoded chapter measures may correct both.
        public var limitDecibels: Double?
        /// Seeds the room tone, so that the same segments have the same bytes.
        public var toneSeed: UInt64
        /// What it is encoded to, each spec once.
        public var encodes: [Encode]
    }

    /// One encoding of a render.
    public struct Encode: Sendable, Hashable, Codable {
        /// How.
        public var audio: AudioSpec
        /// The exact size in bytes, for MP3; nil where it is not known before encoding.
        public var bytes: Int64?
        /// Hash of all that determines the encoded bytes; nil while audio is missing.
        public var digest: Digest?
    }

    /// The project.
    public var project: ProjectID
    /// The project's revision that was planned.
    public var revision: Int64
    /// What the book says about itself.
    public var book: BookMetadata
    /// The cover, if there is one.
    public var cover: Cover?
    /// What is done about levels.
    public var mastering: PackagingSettings.Mastering
    /// What identifies the encoders; encoded bytes depend on it.
    public var encoderBuild: String
    /// The chapters, in order.
    public var chapters: [Chapter]
    /// What is rendered, in reading order for each store.
    public var renders: [Render]
    /// What is packaged, in the stores' order.
    public var packages: [PackagePlan]

    /// Whether every chapter has segments and every segment has audio: the plan can be carried out.
    public var isComplete: Bool {
        !chapters.isEmpty
            && chapters.allSatisfy { chapter in
                !chapter.segments.isEmpty && chapter.segments.allSatisfy { $0.audio != nil }
            }
    }

    /// The plan of `platform`'s package; nil if the batch has none.
    public func package(for platform: Platform) -> PackagePlan? {
        packages.first { $0.platform == platform }
    }

    /// The recipe digest of each package, where it is known.
    public var recipes: [Platform: Digest] {
        Dictionary(
            uniqueKeysWithValues: packages.compactMap { package in package.recipe.map { (package.platform, $0) } }
        )
    }

    /// The segments of a render.
    public func segments(of render: Render) -> ArraySlice<Segment> {
        chapters[render.chapter].segments[render.segments]
    }

    /// The title of a render: the chapter's, with the part where there is more than one.
    public func title(of render: Render) -> String {
        chapters[render.chapter].title + render.partSuffix
    }
}

extension BatchPlan.Render {
    /// ` (part 1 of 2)`, or nothing for a whole chapter.
    var partSuffix: String { parts > 1 ? " (part \(part) of \(parts))" : "" }
}
