/// Where bytes are in a blob store.
package struct BlobLocation: Sendable, Hashable, Codable {
    /// The container. Each container belongs to one tenant.
    package var container: String
    /// The path inside it, with `/` between its parts.
    package var path: String

    /// The place `path` in `container`.
    package init(container: String, path: String) {
        self.container = container
        self.path = path
    }
}
