/// What is done for the packages of a batch besides making them.
package struct BatchOptions: Sendable, Hashable, Codable {
    /// Whether segments that have text and no audio are spoken.
    package var generateMissingAudio: Bool
    /// Whether each package is decoded and judged when it is made.
    package var validateAfterCreation: Bool

    /// Options with these values.
    package init(generateMissingAudio: Bool = false, validateAfterCreation: Bool = false) {
        self.generateMissingAudio = generateMissingAudio
        self.validateAfterCreation = validateAfterCreation
    }
}
