/// Audio of a tenant, measured, with its place and where it came from.
public struct StoredAudio: Sendable, Hashable {
    /// Digest, size, measurement and place.
    public var audio: MeasuredAudio
    /// Who or what spoke: `recorded`, or the name of an engine.
    public var provenance: String
    /// What it was made from, if it was made here.
    public var speech: SpeechKey?

    /// Audio with these values.
    public init(audio: MeasuredAudio, provenance: String = "recorded", speech: SpeechKey? = nil) {
        self.audio = audio
        self.provenance = provenance
        self.speech = speech
    }
}

/// What speech was made from. The same key is never paid for twice.
public struct SpeechKey: Sendable, Hashable {
    /// Who spoke, and with which voice.
    public var voice: Voice
    /// A BCP 47 language tag.
    public var language: String
    /// The digest of the text.
    public var text: Digest

    /// The speech of a text.
    public init(voice: Voice, language: String, text: Digest) {
        self.voice = voice
        self.language = language
        self.text = text
    }
}
