package import Model

/// What one CreateAll will build, decided before anything is encoded.
///
/// Plain data: the same book, stores and encoder give the same plan. It is kept as JSON for as long as its jobs, so members
/// are added and never renamed.
///
/// A plan of a book whose audio is not all there is a **draft**: the missing lengths are estimated, and it has no recipe
/// digests. Once ``isComplete`` it can be carried out.
package struct BatchPlan: Sendable, Hashable, Codable {
    /// One segment of a chapter.
    package struct Segment: Sendable, Hashable, Codable {
        /// Identifies it.
        package var id: SegmentID
        /// Its text, where a package carries the text.
        package var text: String?
        /// Its audio; nil while it is missing.
        package var audio: Audio?
        /// Length at 44,100 Hz: measured, or estimated from the text while audio is missing.
        package var samples: Int
    }

    /// Where a segment's audio lies.
    package struct Audio: Sendable, Hashable, Codable {
        /// What the bytes hash to.
        package var digest: Digest
        /// Size in bytes.
        package var bytes: Int
        /// Where they lie in the blob store.
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
        /// What it is to a store.
        package var kind: ChapterKind
        /// Its segments, in order.
        package var segments: [Segment]
    }

    /// One run of segments that is decoded once and encoded once for each distinct audio spec: a chapter, or one part of a
    /// chapter that is too long for a store.
    package struct Render: Sendable, Hashable, Codable {
        /// The chapter's place in ``BatchPlan/chapters``, from 0.
        package var chapter: Int
        /// The segments of the chapter.
        package var segments: Range<Int>
        /// Which part of the chapter this is, from 1; 1 of 1 is the whole chapter.
        package var part: Int
        /// How many parts the chapter has where this one is used.
        package var parts: Int
        /// Where everything lies in it.
        package var timeline: ChapterTimeline
        /// Gain on the segments in dB. 0 leaves them alone.
        package var gainDecibels: Double
        /// The level below which peaks are kept, in dB of full scale; nil leaves them alone. Like the gain, it is where
        /// mastering begins: what the encoded chapter measures may correct both.
        package var limitDecibels: Double?
        /// Seeds the room tone, so that the same segments have the same bytes.
        package var toneSeed: UInt64
        /// What it is encoded to, each spec once.
        package var encodes: [Encode]
    }

    /// One encoding of a render.
    package struct Encode: Sendable, Hashable, Codable {
        /// How.
        package var audio: AudioSpec
        /// The exact size in bytes, for MP3; nil where it is not known before encoding.
        package var bytes: Int64?
        /// Hash of all that determines the encoded bytes; nil while audio is missing.
        package var digest: Digest?
    }

    /// The project.
    package var project: ProjectID
    /// The project's revision that was planned.
    package var revision: Int64
    /// What the book says about itself.
    package var book: BookMetadata
    /// The cover, if there is one.
    package var cover: Cover?
    /// What is done about levels.
    package var mastering: PackagingSettings.Mastering
    /// What identifies the encoders; encoded bytes depend on it.
    package var encoderBuild: String
    /// The chapters, in order.
    package var chapters: [Chapter]
    /// What is rendered, in reading order for each store.
    package var renders: [Render]
    /// What is packaged, in the stores' order.
    package var packages: [PackagePlan]

    /// Whether every chapter has segments and every segment has audio: the plan can be carried out.
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

    /// The title of a render: the chapter's, with the part where there is more than one.
    package func title(of render: Render) -> String {
        chapters[render.chapter].title + render.partSuffix
    }
}

extension BatchPlan.Render {
    /// ` (part 1 of 2)`, or nothing for a whole chapter.
    var partSuffix: String { parts > 1 ? " (part \(part) of \(parts))" : "" }
}
