/// What an import says before its chapters.
public struct ImportHeader: Sendable, Hashable {
    /// The project's slug; made from the title when nil. A project that has it is updated.
    public var slug: String?
    /// What the book says about itself.
    public var metadata: BookMetadata
    /// How it is to be packaged.
    public var settings: PackagingSettings
    /// The digest of the cover; nil for none.
    public var cover: Digest?
    /// Who imports; nil for the local operator.
    public var user: UserID?

    /// A header with these values.
    public init(
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
