/// A voice of a speech provider.
public struct Voice: Sendable, Hashable, Codable {
    /// The provider: `espeak`, `openai` or `azure`.
    public var provider: String
    /// The provider's name for the voice, such as `en-us`.
    public var name: String

    /// The voice `name` of `provider`.
    public init(provider: String, name: String) {
        self.provider = provider
        self.name = name
    }
}
