/// Audio of a tenant, measured, with its place and where it came from.
package struct StoredAudio: Sendable, Hashable {
    /// Digest, size, measurement and place.
    package var audio: MeasuredAudio
    /// Who or what spoke: `recorded`, or the name of an engine.
    package var provenance: String
    /// What it was made from, if it was made here.
    package var speech: SpeechKey?

    /// Audio with these values.
    package init(audio: MeasuredAudio, provenance: String = "recorded", speech: SpeechKey? = nil) {
        self.audio = audio
        self.provenance = provenance
        self.speech = speech
    }
}

/// What speech was made from. The same key is never paid for twice.
package struct SpeechKey: Sendable, Hashable {
    /// Who spoke, and with which voice.
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
