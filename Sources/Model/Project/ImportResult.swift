/// What an import came to.
public struct ImportResult: Sendable, Hashable {
    /// The project.
    public var project: ProjectID
    /// Its slug.
    public var slug: String
    /// False when a project was updated.
    public var created: Bool
    /// Chapters of the book.
    public var chapters: Int
    /// Segments of the book.
    public var segments: Int
    /// The project's revision: the same as before if the book was.
    public var revision: Int64
    /// Whether the named cover was not received yet.
    public var isCoverMissing: Bool

    /// A result with these values.
    public init(
        project: ProjectID,
        slug: String,
        created: Bool,
        chapters: Int,
        segments: Int,
        revision: Int64,
        isCoverMissing: Bool
    ) {
        self.project = project
        self.slug = slug
        self.created = created
        self.chapters = chapters
        self.segments = segments
        self.revision = revision
        self.isCoverMissing = isCoverMissing
    }
}
