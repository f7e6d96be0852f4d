package import Model

extension BookMetadata {
    /// The sentence that platforms require when narration is synthetic.
    ///
    /// Spotify requires a description to begin with it (MIDiA Research, February 2025). Other platforms ask for the
    /// fact in other words, and none refuses the sentence.
    package static let digitalVoiceDisclosure = "This audiobook is narrated by a digital voice."

    /// The description as platforms show it, with the disclosure first if narration is synthetic. Nil if there is
    /// nothing to say.
    package var shownDescription: String? {
        let own = description.flatMap { $0.isEmpty ? nil : $0 }
        guard digitalVoice else { return own }
        guard let own else { return Self.digitalVoiceDisclosure }
        // A description that already contains the disclosure, with or without the full stop, is not changed.
        return own.hasPrefix(Self.digitalVoiceDisclosure.dropLast()) ? own : "\(Self.digitalVoiceDisclosure) \(own)"
    }
}
