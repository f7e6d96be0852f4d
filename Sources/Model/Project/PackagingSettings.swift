/// How a book is to be packaged: platforms, overrides of their rules, mastering and room tone.
package struct PackagingSettings: Sendable, Hashable, Codable {
    /// Whether a chapter outside the level window is brought into it.
    package enum Mastering: String, Sendable, Hashable, Codable {
        /// Gain and a limiter until the encoded chapter measures inside the window; a chapter inside is not touched.
        case fit
        /// Levels stay as recorded.
        case off
    }

    /// A change of one platform's rules for one book.
    package struct Override: Sendable, Hashable, Codable {
        /// Bits per second in place of the rule pack's.
        package var bitRate: Int?

        /// An override; nil keeps the rule pack's value.
        package init(bitRate: Int? = nil) { self.bitRate = bitRate }
    }

    /// The enabled platforms; all when nil.
    package var platforms: [Platform]?
    /// Overrides by platform.
    package var overrides: [Platform: Override]
    /// What is done about levels.
    package var mastering: Mastering
    /// Seconds of room tone before a chapter's first segment. Never less than 2,048 samples in the timeline.
    package var headSeconds: Double
    /// Seconds of room tone after a chapter's last segment. Never less than 2,048 samples in the timeline.
    package var tailSeconds: Double
    /// The voice for segments that name none.
    package var voice: Voice?

    /// Settings of a book that says nothing: all platforms, `fit`, and the usual room tone.
    package init(
        platforms: [Platform]? = nil,
        overrides: [Platform: Override] = [:],
        mastering: Mastering = .fit,
        headSeconds: Double = UsualRoomTone.headSeconds,
        tailSeconds: Double = UsualRoomTone.tailSeconds,
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
