/// A change of one segment. A nil value leaves the property unchanged, but a new text without new audio removes the
/// old audio, which contains other words.
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

/// The result of a change of a segment.
package struct SegmentUpdate: Sendable, Hashable {
    /// Whether audio must be sent, or else spoken, before the change is done: the segment has none, or waits for what the
    /// change names.
    package var isAudioMissing: Bool
    /// The project's revision; unchanged if the segment did not change.
    package var revision: Int64

    /// An answer with these values.
    package init(isAudioMissing: Bool, revision: Int64) {
        self.isAudioMissing = isAudioMissing
        self.revision = revision
    }
}
