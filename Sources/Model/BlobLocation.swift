/// Where bytes lie in a blob store.
public struct BlobLocation: Sendable, Hashable, Codable {
    /// The container. Always of one tenant.
    public var container: String
    /// The path inside it, with `/` between its parts.
    public var path: String

    /// The place `path` in `container`.
    public init(container: String, path: String) {
        self.container = container
        self.path = path
    }
}
