/// The work of a batch besides making its packages.
package struct BatchOptions: Sendable, Hashable, Codable {
    /// Whether speech is generated for segments that have text and no audio.
    package var generateMissingAudio: Bool
    /// Whether each package is decoded and validated when it is made.
    package var validateAfterCreation: Bool

    /// Options with these values.
    package init(generateMissingAudio: Bool = false, validateAfterCreation: Bool = false) {
        self.generateMissingAudio = generateMissingAudio
        self.validateAfterCreation = validateAfterCreation
    }
}
