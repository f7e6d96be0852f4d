/// What is to become of one segment; what is nil stays.
package struct SegmentChange: Sendable, Hashable {
    /// The new text; empty when there is only audio.
    package var text: String?
    /// The digest of the new audio.
    package var audio: Digest?

    /// A change to these values.
    package init(text: String? = nil, audio: Digest? = nil) {
        self.text = text
        self.audio = audio
    }
}

/// What a change of a segment came to.
package struct SegmentUpdate: Sendable, Hashable {
    /// Whether the segment has no audio now.
    package var isAudioMissing: Bool
    /// The project's revision: the same as before if the segment was.
    package var revision: Int64

    /// An answer with these values.
    package init(isAudioMissing: Bool, revision: Int64) {
        self.isAudioMissing = isAudioMissing
        self.revision = revision
    }
}
