/// The part of an import before the chapters.
package struct ImportHeader: Sendable, Hashable {
    /// The project's slug; made from the title when nil. If a project with the slug exists, it is updated.
    package var slug: String?
    /// The book's metadata.
    package var metadata: BookMetadata
    /// The packaging settings.
    package var settings: PackagingSettings
    /// The digest of the cover; nil for none.
    package var cover: Digest?
    /// The user who imports; nil for the local operator.
    package var user: UserID?

    /// A header with these values.
    package init(
        slug: String? = nil,
        metadata: BookMetadata,
        settings: PackagingSettings = PackagingSettings(),
        cover: Digest? = nil,
        user: UserID? = nil
    ) {
        self.slug = slug
        self.metadata = metadata
        self.settings = settings
        self.cover = cover
        self.user = user
    }
}
