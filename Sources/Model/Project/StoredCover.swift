/// A cover and where its bytes lie.
package struct StoredCover: Sendable, Hashable {
    /// The cover.
    package var cover: Cover
    /// Its bytes.
    package var location: BlobLocation

    /// A cover at `location`.
    package init(cover: Cover, location: BlobLocation) {
        self.cover = cover
        self.location = location
    }
}
