/// Whether a book can be packaged, and which parts are missing if it cannot.
package struct Readiness: Sendable, Hashable {
    /// How much of the audio was received.
    package struct Completion: Sendable, Hashable {
        /// Chapters of the book.
        package var totalChapters: Int
        /// Chapters that have segments and all of their audio.
        package var chaptersWithCompleteAudio: Int
        /// Segments of the book.
        package var totalSegments: Int
        /// Segments that have audio.
        package var segmentsWithAudio: Int

        /// Counts with these values.
        package init(totalChapters: Int, chaptersWithCompleteAudio: Int, totalSegments: Int, segmentsWithAudio: Int) {
            self.totalChapters = totalChapters
            self.chaptersWithCompleteAudio = chaptersWithCompleteAudio
            self.totalSegments = totalSegments
            self.segmentsWithAudio = segmentsWithAudio
        }

        /// Segments with audio in percent, with one decimal. 100 only if none is missing; 0 for a book without segments.
        package var percentComplete: Double {
            guard totalSegments > 0 else { return 0 }
            let tenths = (2000 * segmentsWithAudio + totalSegments) / (2 * totalSegments)
            return Double(segmentsWithAudio < totalSegments ? min(tenths, 999) : tenths) / 10
        }
    }

    /// The readiness for one platform.
    package struct PlatformReadiness: Sendable, Hashable {
        /// The platform.
        package var platform: Platform
        /// The platform's name for people.
        package var name: String
        /// Whether the book is to be packaged for it.
        package var isEnabled: Bool
        /// The platform's requirements, always all of them and in the same order.
        package var requirements: [Requirement]

        /// An answer with these values.
        package init(platform: Platform, name: String, isEnabled: Bool, requirements: [Requirement]) {
            self.platform = platform
            self.name = name
            self.isEnabled = isEnabled
            self.requirements = requirements
        }

        /// Whether every requirement is met.
        package var isReady: Bool { requirements.allSatisfy(\.isMet) }

        /// Why it is not ready: the id and the details of each requirement that is not met. Empty if it is ready.
        package var reasons: [String] {
            requirements.filter { !$0.isMet }.map { "\($0.id.rawValue): \($0.details ?? "not met")" }
        }
    }

    /// One requirement of a platform.
    package struct Requirement: Sendable, Hashable {
        /// Names the requirement. The raw value is the word on the wire.
        package enum ID: String, Sendable, Hashable, CaseIterable {
            case title, author, narrator, cover
            case coverSize = "cover_size"
            case audio, chapters
            case audioBitRate = "audio_bitrate"
            case audioSampleRate = "audio_samplerate"
            case audioChannels = "audio_channels"
            case fileSize = "file_size"
        }

        /// The name of the requirement.
        package var id: ID
        /// Whether the book meets it.
        package var isMet: Bool
        /// Why it is not met, or another useful fact. One line.
        package var details: String?
        /// The value that the platform requires.
        package var expected: RuleValue?
        /// The book's value.
        package var actual: RuleValue?

        /// A requirement with these values.
        package init(id: ID, isMet: Bool, details: String? = nil, expected: RuleValue? = nil, actual: RuleValue? = nil)
        {
            self.id = id
            self.isMet = isMet
            self.details = details
            self.expected = expected
            self.actual = actual
        }
    }

    /// How much of the audio was received.
    package var completion: Completion
    /// All platforms, in the order in which they are always listed.
    package var platforms: [PlatformReadiness]
    /// Chapters with missing audio, in order: those with a segment without audio, and those without segments.
    package var missingChapters: [ChapterID]
    /// Segments without audio, in order.
    package var missingSegments: [SegmentID]

    /// An answer with these values.
    package init(
        completion: Completion,
        platforms: [PlatformReadiness],
        missingChapters: [ChapterID],
        missingSegments: [SegmentID]
    ) {
        self.completion = completion
        self.platforms = platforms
        self.missingChapters = missingChapters
        self.missingSegments = missingSegments
    }

    /// Whether at least one platform is enabled and every enabled platform is ready.
    package var isReady: Bool {
        let enabled = platforms.filter(\.isEnabled)
        return !enabled.isEmpty && enabled.allSatisfy(\.isReady)
    }
}
