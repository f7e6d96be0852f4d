/// Speaks text.
package protocol SpeechProvider: Sendable {
    /// The name under which books ask for it, such as `espeak`.
    var name: String { get }

    /// The voice for a book that names none; nil if there is none for its language.
    ///
    /// - Parameter language: A BCP 47 tag.
    func usualVoice(for language: String) -> String?

    /// Who speaks with `voice`, to be kept with the audio, such as `espeak-ng 1.51 en-us`.
    func provenance(of voice: String) -> String

    /// Speaks all of an utterance into a new file of audio.
    ///
    /// Cancelling the task stops it. After an error, what is at `path` is of no use.
    ///
    /// - Parameter path: An absolute path that is free, in a folder that is ours alone.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if there is no such voice or it cannot speak the text,
    ///   `unavailable` if it may work next time; `CancellationError`.
    func speak(_ utterance: Utterance, to path: String) async throws
}

/// What is to be said.
package struct Utterance: Sendable, Hashable {
    /// The text.
    package var text: String
    /// The provider's name for the voice.
    package var voice: String
    /// A BCP 47 tag.
    package var language: String

    /// `text` in `voice`.
    package init(text: String, voice: String, language: String) {
        self.text = text
        self.voice = voice
        self.language = language
    }
}
