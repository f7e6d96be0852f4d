/// How a book is to be packaged: platforms, overrides of their rules, mastering and room tone.
package struct PackagingSettings: Sendable, Hashable, Codable {
    /// Whether a chapter outside the level window is brought into it.
    package enum Mastering: String, Sendable, Hashable, Codable {
        /// Gain and a limiter are applied until the encoded chapter measures inside the window, in at most four
        /// encodings. A chapter that is already inside, or is silence, is not changed.
        case fit
        /// Levels stay as recorded.
        case off
    }

    /// A change of one platform's rules for one book.
    package struct Override: Sendable, Hashable, Codable {
        /// Bits per second instead of the rule pack's value.
        package var bitRate: Int?

        /// An override; nil keeps the rule pack's value.
        package init(bitRate: Int? = nil) { self.bitRate = bitRate }
    }

    /// The enabled platforms; all when nil.
    package var platforms: [Platform]?
    /// Overrides by platform.
    package var overrides: [Platform: Override]
    /// Whether levels are corrected.
    package var mastering: Mastering
    /// Seconds of room tone before a chapter's first segment. In the timeline there are never fewer than 2,048 samples.
    package var headSeconds: Double
    /// Seconds of room tone after a chapter's last segment. In the timeline there are never fewer than 2,048 samples.
    package var tailSeconds: Double
    /// The voice for segments that name no voice.
    package var voice: Voice?

    /// The settings of a book that states none: all platforms, `fit`, and the usual room tone.
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
