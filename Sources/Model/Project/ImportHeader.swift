/// What an import says before its chapters.
package struct ImportHeader: Sendable, Hashable {
    /// The project's slug; made from the title when nil. A project that has it is updated.
    package var slug: String?
    /// What the book says about itself.
    package var metadata: BookMetadata
    /// How it is to be packaged.
    package var settings: PackagingSettings
    /// The digest of the cover; nil for none.
    package var cover: Digest?
    /// Who imports; nil for the local operator.
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
