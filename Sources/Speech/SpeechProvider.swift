/// Speaks text.
package protocol SpeechProvider: Sendable {
    /// The name under which books ask for it, such as `espeak`.
    var name: String { get }

    /// The voice for a book that names no voice; nil if there is none for its language.
    ///
    /// - Parameter language: A BCP 47 tag.
    func usualVoice(for language: String) -> String?

    /// A description of the provider and `voice` that is stored with the audio, such as `espeak-ng 1.51 en-us`.
    func provenance(of voice: String) -> String

    /// Speaks a whole utterance into a new audio file.
    ///
    /// Cancelling the task stops it. After an error the file at `path` must not be used.
    ///
    /// - Parameter path: An absolute path that does not exist yet, in a folder that only we may use.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if there is no such voice or it cannot speak the text,
    ///   `unavailable` if another attempt may succeed; `CancellationError`.
    func speak(_ utterance: Utterance, to path: String) async throws
}

/// A text to speak.
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
