/// What is done for the packages of a batch besides making them.
public struct BatchOptions: Sendable, Hashable, Codable {
    /// Whether segments that have text and no audio are spoken.
    public var generateMissingAudio: Bool
    /// Whether each package is decoded and judged when it is made.
    public var validateAfterCreation: Bool

    /// Options with these values.
    public init(generateMissingAudio: Bool = false, validateAfterCreation: Bool = false) {
        self.generateMissingAudio = generateMissingAudio
        self.validateAfterCreation = validateAfterCreation
    }
}
