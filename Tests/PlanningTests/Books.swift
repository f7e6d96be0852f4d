import Model

extension Identifier {
    /// The identifier with this number, for tests.
    init(_ number: Int) { self.init(high: 0x4000, low: 0x8000_0000_0000_0000 | UInt64(number)) }
}

extension Digest {
    /// A digest that names `number`, for tests.
    static func naming(_ number: Int) -> Digest {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 < 8 ? number >> (8 * $0) : 0) }
        guard let digest = Digest(bytes: bytes) else { preconditionFailure("32 bytes make a digest") }
        return digest
    }
}

extension BookSnapshot.Segment {
    /// A segment with audio of `samples` samples at a tenth of full scale, which is −20 dB.
    static func spoken(_ number: Int, samples: Int, text: String? = "Some words.") -> Self {
        let digest = Digest.naming(number)
        return Self(
            id: SegmentID(number),
            text: text,
            audio: MeasuredAudio(
                digest: digest,
                bytes: 2 * samples + 44,
                measurement: AudioMeasurement(
                    format: "wav/pcm_s16le",
                    sourceSampleRate: 44_100,
                    sourceChannels: 1,
                    samples: samples,
                    peak: 0.5,
                    energy: 0.01 * Double(samples),
                    quietestMeanSquare: 1e-7
                ),
                location: BlobLocation(container: "audio", path: "sha256/\(digest)")
            )
        )
    }

    /// A segment without audio.
    static func silent(_ number: Int, text: String? = "Some words.", refusal: String? = nil) -> Self {
        Self(id: SegmentID(number), text: text, audio: nil, refusal: refusal)
    }
}

extension BookSnapshot {
    /// A book that every platform accepts: credits, two chapters, a cover of 3000 pixels.
    static var complete: BookSnapshot {
        book([
            ("Opening", .openingCredits, [.spoken(1, samples: 100_000)]),
            ("One", .chapter, [.spoken(2, samples: 8_000_000), .spoken(3, samples: 8_000_000)]),
            ("Two: & more", .chapter, [.spoken(4, samples: 123_457)]),
            ("The End", .closingCredits, [.spoken(5, samples: 90_000)]),
        ])
    }

    static func book(_ chapters: [(title: String, kind: ChapterKind, segments: [Segment])]) -> BookSnapshot {
        BookSnapshot(
            id: ProjectID(7),
            slug: "the-book",
            revision: 3,
            metadata: BookMetadata(title: "The Book", authors: ["Ana"], narrators: ["Vera"]),
            settings: PackagingSettings(),
            cover: Cover(digest: .naming(99), bytes: 50_000, format: .jpeg, width: 3000, height: 3000),
            chapters: chapters.enumerated().map { index, chapter in
                Chapter(id: ChapterID(index + 1), title: chapter.title, kind: chapter.kind, segments: chapter.segments)
            }
        )
    }

    static func hours(_ segments: [Int], hoursPerSegment: Double = 1) -> BookSnapshot {
        let samples = Int(hoursPerSegment * 3600 * 44_100)
        var number = 0
        return book(
            segments.map { count in
                let spoken = (0..<count).map { _ in
                    number += 1
                    return Segment.spoken(number, samples: samples)
                }
                return ("Chapter", .chapter, spoken)
            }
        )
    }
}
