/// A voice of a speech provider.
package struct Voice: Sendable, Hashable, Codable {
    /// The provider: `espeak`, `openai` or `azure`.
    package var provider: String
    /// The provider's name for the voice, such as `en-us`.
    package var name: String

    /// The voice `name` of `provider`.
    package init(provider: String, name: String) {
        self.provider = provider
        self.name = name
    }
}
