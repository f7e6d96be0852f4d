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
    /// The caller's constant word for where the book comes from, by which another book with the same slug is recognised;
    /// empty if nothing is to be compared.
    package var origin: String
    /// Whether the book replaces the project with its slug whatever the origins are.
    package var replaces: Bool

    /// A header with these values.
    package init(
        slug: String? = nil,
        metadata: BookMetadata,
        settings: PackagingSettings = PackagingSettings(),
        cover: Digest? = nil,
        user: UserID? = nil,
        origin: String = "",
        replaces: Bool = false
    ) {
        self.slug = slug
        self.metadata = metadata
        self.settings = settings
        self.cover = cover
        self.user = user
        self.origin = origin
        self.replaces = replaces
    }
}
