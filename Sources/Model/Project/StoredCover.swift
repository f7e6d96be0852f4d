/// A cover and the location of its bytes.
package struct StoredCover: Sendable, Hashable {
    /// The cover.
    package var cover: Cover
    /// The location of its bytes.
    package var location: BlobLocation

    /// A cover at `location`.
    package init(cover: Cover, location: BlobLocation) {
        self.cover = cover
        self.location = location
    }
}
