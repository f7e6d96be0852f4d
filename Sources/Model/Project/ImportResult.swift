/// The result of an import.
package struct ImportResult: Sendable, Hashable {
    /// The project.
    package var project: ProjectID
    /// Its slug.
    package var slug: String
    /// False when a project was updated.
    package var created: Bool
    /// Chapters of the book.
    package var chapters: Int
    /// Segments of the book.
    package var segments: Int
    /// The project's revision; unchanged if the book did not change.
    package var revision: Int64
    /// Whether the cover that the book names was not yet received.
    package var isCoverMissing: Bool
    /// The slug that the title would give, if another book has it; empty otherwise.
    package var takenSlug: String

    /// A result with these values.
    package init(
        project: ProjectID,
        slug: String,
        created: Bool,
        chapters: Int,
        segments: Int,
        revision: Int64,
        isCoverMissing: Bool,
        takenSlug: String = ""
    ) {
        self.project = project
        self.slug = slug
        self.created = created
        self.chapters = chapters
        self.segments = segments
        self.revision = revision
        self.isCoverMissing = isCoverMissing
        self.takenSlug = takenSlug
    }
}
