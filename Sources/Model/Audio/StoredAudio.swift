/// Measured audio of a tenant, with its location and its origin.
package struct StoredAudio: Sendable, Hashable {
    /// Digest, size, measurement and location.
    package var audio: MeasuredAudio
    /// The origin of the voice: `recorded`, or the name of an engine.
    package var provenance: String
    /// The key of the speech, if the audio was generated here.
    package var speech: SpeechKey?

    /// Audio with these values.
    package init(audio: MeasuredAudio, provenance: String = "recorded", speech: SpeechKey? = nil) {
        self.audio = audio
        self.provenance = provenance
        self.speech = speech
    }
}

/// The inputs of generated speech. Before a text is spoken, audio with the same key is looked for and used again.
package struct SpeechKey: Sendable, Hashable {
    /// The provider and its voice.
    package var voice: Voice
    /// A BCP 47 language tag.
    package var language: String
    /// The digest of the text.
    package var text: Digest

    /// The speech of a text.
    package init(voice: Voice, language: String, text: Digest) {
        self.voice = voice
        self.language = language
        self.text = text
    }
}
