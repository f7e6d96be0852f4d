package import Model

/// The plan of one CreateAll. All decisions are made here, before anything is encoded.
///
/// The plan is plain data: the same book, platforms and encoder give the same plan. It is kept as JSON as long as its
/// jobs exist, so members must never be renamed, and a new one must be optional.
///
/// The plan of a book with missing audio is a **draft**: the missing lengths are estimated, and it has no recipe
/// digests. Once ``isComplete`` it can be carried out.
package struct BatchPlan: Sendable, Hashable, Codable {
    /// One segment of a chapter.
    package struct Segment: Sendable, Hashable, Codable {
        /// Identifies it.
        package var id: SegmentID
        /// Its text; nil if no package contains the text.
        package var text: String?
        /// Its audio; nil while it is missing.
        package var audio: Audio?
        /// Length at 44,100 Hz: measured, or estimated from the text while audio is missing.
        package var samples: Int
    }

    /// Where a segment's audio is.
    package struct Audio: Sendable, Hashable, Codable {
        /// The SHA-256 of the bytes.
        package var digest: Digest
        /// Size in bytes.
        package var bytes: Int
        /// Where the bytes are in the blob store.
        package var location: BlobLocation
    }

    /// One chapter of the book.
    package struct Chapter: Sendable, Hashable, Codable {
        /// Identifies it.
        package var id: ChapterID
        /// The place in the book, from 1.
        package var number: Int
        /// Its title.
        package var title: String
        /// Its role in the book.
        package var kind: ChapterKind
        /// Its segments, in order.
        package var segments: [Segment]
    }

    /// Consecutive segments that are decoded once and encoded once for each distinct audio spec: a chapter, or one part
    /// of a chapter that is too long for a platform.
    package struct Render: Sendable, Hashable, Codable {
        /// The chapter's index in ``BatchPlan/chapters``.
        package var chapter: Int
        /// The indices of its segments in the chapter.
        package var segments: Range<Int>
        /// Which part of the chapter this is, from 1; 1 of 1 is the whole chapter.
        package var part: Int
        /// How many parts the chapter has in the packages that use this part.
        package var parts: Int
        /// The positions of room tone and segments.
        package var timeline: ChapterTimeline
        /// Gain on the segments in dB; 0 leaves them unchanged.
        package var gainDecibels: Double
        /// Peaks are kept below this level, in dB of full scale; nil for no limiter. Like the gain, it is only the
        /// start of mastering: measuring the encoded chapter may correct both.
        package var limitDecibels: Double?
        /// The seed of the room tone. It is fixed, so that the same segments give the same bytes.
        package var toneSeed: UInt64
        /// The encodings that are made from it, each spec once.
        package var encodes: [Encode]
    }

    /// One encoding of a render.
    package struct Encode: Sendable, Hashable, Codable {
        /// The encoding's spec.
        package var audio: AudioSpec
        /// The exact size in bytes, for MP3; nil if it is not known before encoding.
        package var bytes: Int64?
        /// Hash of everything that determines the encoded bytes; nil while audio is missing.
        package var digest: Digest?
    }

    /// The project.
    package var project: ProjectID
    /// The revision of the project that was planned.
    package var revision: Int64
    /// The book's metadata.
    package var book: BookMetadata
    /// The cover, if there is one.
    package var cover: Cover?
    /// Whether levels are corrected.
    package var mastering: PackagingSettings.Mastering
    /// The identification of the encoders. The encoded bytes depend on it.
    package var encoderBuild: String
    /// The chapters, in order.
    package var chapters: [Chapter]
    /// The renders, in reading order for each platform.
    package var renders: [Render]
    /// The packages, in the order of platforms.
    package var packages: [PackagePlan]

    /// Whether every chapter has segments and every segment has audio, so that the plan can be carried out.
    package var isComplete: Bool {
        !chapters.isEmpty
            && chapters.allSatisfy { chapter in
                !chapter.segments.isEmpty && chapter.segments.allSatisfy { $0.audio != nil }
            }
    }

    /// The plan of `platform`'s package; nil if the batch has none.
    package func package(for platform: Platform) -> PackagePlan? {
        packages.first { $0.platform == platform }
    }

    /// The recipe digest of each package, where it is known.
    package var recipes: [Platform: Digest] {
        Dictionary(
            uniqueKeysWithValues: packages.compactMap { package in package.recipe.map { (package.platform, $0) } }
        )
    }

    /// The segments of a render.
    package func segments(of render: Render) -> ArraySlice<Segment> {
        chapters[render.chapter].segments[render.segments]
    }

    /// The estimated length of all segments that have no audio yet.
    package var samplesWithoutAudio: Int {
        chapters.flatMap(\.segments).reduce(0) { $0 + ($1.audio == nil ? $1.samples : 0) }
    }

    /// The title of a render: the chapter's title, with the part's number if there are several parts.
    package func title(of render: Render) -> String {
        chapters[render.chapter].title + render.partSuffix
    }
}

extension BatchPlan.Render {
    /// ` (part 1 of 2)`, or nothing for a whole chapter.
    var partSuffix: String { parts > 1 ? " (part \(part) of \(parts))" : "" }
}
