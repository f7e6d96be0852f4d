/// How a book is to be packaged: platforms, overrides of their rules, mastering and room tone.
public struct PackagingSettings: Sendable, Hashable, Codable {
    /// Whether a chapter outside the level window is brought into it.
    public enum Mastering: String, Sendable, Hashable, Codable {
        /// Gain and a limiter until the encoded chapter measures inside the window; a chapter inside is not touched.
        case fit
        /// Levels stay as recorded.
        case off
    }

    /// A change of one platform's rules for one book.
    public struct Override: Sendable, Hashable, Codable {
        /// Bits per second in place of the rule pack's.
        public var bitRate: Int?

        /// An override; nil keeps the rule pack's value.
        public init(bitRate: Int? = nil) { self.bitRate = bitRate }
    }

    /// The enabled platforms; all when nil.
    public var platforms: [Platform]?
    /// Overrides by platform.
    public var overrides: [Platform: Override]
    /// What is done about levels.
    public var mastering: Mastering
    /// Seconds of room tone before a chapter's first segment. Never less than 2,048 samples in the timeline.
    public var headSeconds: Double
    /// Seconds of room tone after a chapter's last segment. Never less than 2,048 samples in the timeline.
    public var tailSeconds: Double
    /// The voice for segments that name none.
    public var voice: Voice?

    /// Settings of a book that says nothing: all platforms, `fit`, and the usual room tone.
    public init(
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
