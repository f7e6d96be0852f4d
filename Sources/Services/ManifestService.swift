package import Model
package import Store

/// Lists everything that a project's packages are made from.
package struct ManifestService: Sendable {
    /// A page of a manifest.
    package struct Page: Sendable, Hashable {
        /// The project.
        package var project: ProjectSummary
        /// Its lines, in the order of the book.
        package var lines: [ManifestLine]
        /// The token for the next page; empty on the last page.
        package var nextToken: String
    }

    private let projects: ProjectStore

    /// A service over `projects`.
    package init(projects: ProjectStore) {
        self.projects = projects
    }

    /// A page of the manifest of the project with this id or slug.
    ///
    /// - Parameters:
    ///   - size: The most lines; 1,000 when 0, 5,000 at most.
    ///   - token: The token that the page before gave; empty for the first page.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project, `invalidArgument` for a
    ///   token that this server did not make.
    package func manifest(
        of reference: String,
        size: Int32,
        token: String,
        tenant: TenantID
    ) async throws(PackagingError) -> Page {
        guard size >= 0 else { throw .invalid("page_size", "\(size) is negative") }
        let limit = size == 0 ? 1000 : min(Int(size), 5000)
        let place = token.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard token.isEmpty || (place.count == 2 && place.allSatisfy { (0...1_000_000).contains($0) }) else {
            throw .invalid("page_token", "is not one that a manifest of this server gave")
        }
        guard let project = try await projects.project(reference, tenant: tenant) else {
            throw .noProject(reference)
        }
        let lines = try await projects.manifest(
            of: project.id,
            afterChapter: place.first ?? 0,
            position: place.last ?? 0,
            limit: limit + 1,
            tenant: tenant
        )
        let page = Array(lines.prefix(limit))
        let last = page.last.map { "\($0.chapterNumber).\($0.segment?.position ?? 0)" }
        return Page(project: project, lines: page, nextToken: lines.count > limit ? last ?? "" : "")
    }
}
