/// A cover and where its bytes lie.
public struct StoredCover: Sendable, Hashable {
    /// The cover.
    public var cover: Cover
    /// Its bytes.
    public var location: BlobLocation

    /// A cover at `location`.
    public init(cover: Cover, location: BlobLocation) {
        self.cover = cover
        self.location = location
    }
}
