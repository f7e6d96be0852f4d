/// A platform for which no job was started.
package struct RefusedPlatform: Sendable, Hashable, Codable {
    /// The platform.
    package var platform: Platform
    /// The reasons, in the words of the readiness requirements.
    package var reasons: [String]

    /// The refusal of `platform` for `reasons`.
    package init(platform: Platform, reasons: [String]) {
        self.platform = platform
        self.reasons = reasons
    }
}
