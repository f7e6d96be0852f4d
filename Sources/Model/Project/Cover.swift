/// A cover image, as measured by a worker.
package struct Cover: Sendable, Hashable, Codable {
    /// An image format that platforms accept.
    package enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        /// JPEG, `image/jpeg`.
        case jpeg
        /// PNG, `image/png`.
        case png

        /// The media type.
        package var mediaType: String { "image/\(rawValue)" }
        /// The file name extension, without the dot.
        package var fileExtension: String { self == .jpeg ? "jpg" : "png" }
    }

    /// The SHA-256 of the bytes, which is also their name in the blob store.
    package var digest: Digest
    /// Size in bytes.
    package var bytes: Int
    /// The image format.
    package var format: Format
    /// Width in pixels.
    package var width: Int
    /// Height in pixels.
    package var height: Int

    /// A cover with these values.
    package init(digest: Digest, bytes: Int, format: Format, width: Int, height: Int) {
        self.digest = digest
        self.bytes = bytes
        self.format = format
        self.width = width
        self.height = height
    }
}
