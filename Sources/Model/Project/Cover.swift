/// A cover image, as measured by a worker.
public struct Cover: Sendable, Hashable, Codable {
    /// An image format that platforms take.
    public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        /// JPEG, `image/jpeg`.
        case jpeg
        /// PNG, `image/png`.
        case png

        /// The media type.
        public var mediaType: String { "image/\(rawValue)" }
        /// The file name extension, without the dot.
        public var fileExtension: String { self == .jpeg ? "jpg" : "png" }
    }

    /// What the bytes hash to; also their name in the blob store.
    public var digest: Digest
    /// Size in bytes.
    public var bytes: Int
    /// The image format.
    public var format: Format
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int

    /// A cover with these values.
    public init(digest: Digest, bytes: Int, format: Format, width: Int, height: Int) {
        self.digest = digest
        self.bytes = bytes
        self.format = format
        self.width = width
        self.height = height
    }
}
