/// What is to become of one segment; what is nil stays.
public struct SegmentChange: Sendable, Hashable {
    /// The new text; empty when there is only audio.
    public var text: String?
    /// The digest of the new audio.
    public var audio: Digest?

    /// A change to these values.
    public init(text: String? = nil, audio: Digest? = nil) {
        self.text = text
        self.audio = audio
    }
}

/// What a change of a segment came to.
public struct SegmentUpdate: Sendable, Hashable {
    /// Whether the segment has no audio now.
    public var isAudioMissing: Bool
    /// The project's revision: the same as before if the segment was.
    public var revision: Int64

    /// An answer with these values.
    public init(isAudioMissing: Bool, revision: Int64) {
        self.isAudioMissing = isAudioMissing
        self.revision = revision
    }
}
