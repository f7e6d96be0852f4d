/// A platform for which no job was started.
public struct RefusedPlatform: Sendable, Hashable, Codable {
    /// The platform.
    public var platform: Platform
    /// Why, in the words of the readiness requirements.
    public var reasons: [String]

    /// The refusal of `platform` for `reasons`.
    public init(platform: Platform, reasons: [String]) {
        self.platform = platform
        self.reasons = reasons
    }
}
