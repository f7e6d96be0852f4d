package import Model

extension BookMetadata {
    /// The sentence that stores ask for when narration is synthetic.
    ///
    /// Spotify wants a description to begin with it (MIDiA Research, February 2025); other stores ask for the fact in other
    /// words, and none refuses the sentence.
    package static let digitalVoiceDisclosure = "This audiobook is narrated by a digital voice."

    /// The description as shops print it: the disclosure first if narration is synthetic. Nil if there is nothing to say.
    package var storeDescription: String? {
        let own = description.flatMap { $0.isEmpty ? nil : $0 }
        guard digitalVoice else { return own }
        guard let own else { return Self.digitalVoiceDisclosure }
        // A description that discloses it already, with or without the full stop, is left alone.
        return own.hasPrefix(Self.digitalVoiceDisclosure.dropLast()) ? own : "\(Self.digitalVoiceDisclosure) \(own)"
    }
}
