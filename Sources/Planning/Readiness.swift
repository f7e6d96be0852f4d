public import Model
internal import Platforms

/// Whether a book can be packaged, and what is missing where it cannot.
public struct Readiness: Sendable, Hashable {
    /// How much of the audio is there.
    public struct Completion: Sendable, Hashable {
        /// Chapters of the book.
        public var totalChapters: Int
        /// Chapters with segments, all of which have audio.
        public var chaptersWithCompleteAudio: Int
        /// Segments of the book.
        public var totalSegments: Int
        /// Segments that have audio.
        public var segmentsWithAudio: Int

        /// Segments with audio in percent, with one decimal. 100 only if none is missing; 0 for a book without segments.
        public var percentComplete: Double {
            guard totalSegments > 0 else { return 0 }
            let tenths = (2000 * segmentsWithAudio + totalSegments) / (2 * totalSegments)
            return Double(segmentsWithAudio < totalSegments ? min(tenths, 999) : tenths) / 10
        }
    }

    /// One store's answer.
    public struct PlatformReadiness: Sendable, Hashable {
        /// The store.
        public var platform: Platform
        /// The store's name for people.
        public var name: String
        /// Whether the book is to be packaged for it.
        public var isEnabled: Bool
        /// What it asks for, always all of them and in the same order.
        public var requirements: [Requirement]

        /// Whether every requirement is met.
        public var isReady: Bool { requirements.allSatisfy(\.isMet) }

        /// Why it is not ready: for each requirement that is not met, its id and details. Empty if it is ready.
        public var reasons: [String] {
            requirements.filter { !$0.isMet }.map { "\($0.id.rawValue): \($0.details ?? "not met")" }
        }
    }

    /// One thing that a store asks for.
    public struct Requirement: Sendable, Hashable {
        /// Names what is asked for. The raw value is the word of the wire.
        public enum ID: String, Sendable, Hashable, CaseIterable {
            case title, author, narrator, cover
            case coverSize = "cover_size"
            case audio, chapters
            case audioBitRate = "audio_bitrate"
            case audioSampleRate = "audio_samplerate"
            case audioChannels = "audio_channels"
            case fileSize = "file_size"
        }

        /// A text or a number.
        public enum Value: Sendable, Hashable {
            /// A text, such as `128k`.
            case text(String)
            /// A number.
            case number(Double)
        }

        /// What is asked for.
        public var id: ID
        /// Whether the book has it.
        public var isMet: Bool
        /// Why it is not met, or what is worth knowing. One line.
        public var details: String?
        /// What the store asks for.
        public var expected: Value?
        /// What the book has.
        public var actual: Value?
    }

    /// How much of the audio is there.
    public var completion: Completion
    /// All stores, in the order in which they are listed everywhere.
    public var platforms: [PlatformReadiness]
    /// Chapters that lack audio, in order: those with a segment without audio, or without segments.
    public var missingChapters: [ChapterID]
    /// Segments without audio, in order.
    public var missingSegments: [SegmentID]

    /// Whether some store is enabled and every enabled store is ready.
    public var isReady: Bool {
        let enabled = platforms.filter(\.isEnabled)
        return !enabled.isEmpty && enabled.allSatisfy(\.isReady)
    }

    /// Checks `book` against every store's rule pack.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` if the book's texts or cover do not fit into a package.
    public init(checking book: BookSnapshot) throws(PackagingError) {
        let plan = try BatchPlan(of: book, for: Platform.allCases, encoderBuild: "")
        let incomplete = book.chapters.filter { !$0.hasCompleteAudio }
        let segments = book.chapters.flatMap(\.segments)
        completion = Completion(
            totalChapters: book.chapters.count,
            chaptersWithCompleteAudio: book.chapters.count - incomplete.count,
            totalSegments: segments.count,
            segmentsWithAudio: segments.count { $0.audio != nil }
        )
        missingChapters = incomplete.map(\.id)
        missingSegments = segments.filter { $0.audio == nil }.map(\.id)
        let enabled = Set(book.settings.platforms ?? Platform.allCases)
        platforms = plan.packages.map { package in
            let pack = RulePack.pack(for: package.platform)
            return PlatformReadiness(
                platform: pack.platform,
                name: pack.name,
                isEnabled: enabled.contains(pack.platform),
                requirements: RequirementCheck(book: book, pack: pack, package: package).requirements
            )
        }
    }
}

extension BookSnapshot.Chapter {
    /// Whether there are segments and each has audio.
    var hasCompleteAudio: Bool {
        !segments.isEmpty && segments.allSatisfy { $0.audio != nil }
    }
}
