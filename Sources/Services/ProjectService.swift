package import Model
package import Store

/// Imports and changes books, and answers questions about them.
package struct ProjectService: Sendable {
    /// The result of an import.
    package struct ImportOutcome: Sendable, Hashable {
        /// The project and its counts.
        package var result: ImportResult
        /// The first page of the digests of audio that the book names and the tenant does not have.
        package var missingAudio: MissingAudioPage
    }

    /// One page of the missing digests, in their order.
    package struct MissingAudioPage: Sendable, Hashable {
        /// The digests.
        package var digests: [Digest]
        /// The digest after which the next page begins; nil if this is the last.
        package var next: Digest?
    }

    /// The most digests of a page. Written as text, that many stay well below the size limit of a frame on the wire.
    static let missingAudioPageSize = 10_000
    /// The number of rows that are written to the database at once.
    private static let importPageSize = 1000

    let projects: ProjectStore
    private let audio: AudioStore

    /// A service over these stores.
    package init(projects: ProjectStore, audio: AudioStore) {
        self.projects = projects
        self.audio = audio
    }

    // MARK: Import

    /// Makes a project from `items`, or updates the one with its slug. The project changes in one step, after all items
    /// were received and checked. A project that comes from another place and is another book is not changed, unless the
    /// header says so.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` that names the field, or what `items` throw; the
    ///   project has not changed then. After an error of the database it may have changed.
    package func importBook(
        _ items: some AsyncSequence<ImportItem, any Error>,
        tenant: TenantID
    ) async throws -> ImportOutcome {
        var checker = ImportChecker()
        var id: ImportID?
        do {
            var page = ImportPage()
            var position = 0
            for try await item in items {
                try checker.check(item)
                switch item {
                case .header(let header):
                    id = try await projects.beginImport(header, tenant: tenant)
                case .chapter(let title, let kind):
                    page.chapters.append(.init(number: checker.chapters, title: title, kind: kind))
                    position = 0
                case .segment(let text, let audio, let voice):
                    position += 1
                    page.segments.append(
                        .init(chapter: checker.chapters, position: position, text: text, voice: voice, audio: audio)
                    )
                }
                if let id, page.chapters.count + page.segments.count >= Self.importPageSize {
                    try await projects.append(page, to: id, tenant: tenant)
                    page = ImportPage()
                }
            }
            try checker.finish()
            guard let id else { throw PackagingError(.internal, "an import without a header passed its checks") }
            try await projects.append(page, to: id, tenant: tenant)
            let result = try await projects.commitImport(id, tenant: tenant)
            let missing = try await missingAudio(of: result.project, after: nil, tenant: tenant)
            return ImportOutcome(result: result, missingAudio: missing)
        } catch {
            // The caller may be gone and this task cancelled. The received rows are deleted all the same, so a new task
            // does it.
            if let id { await Task { try? await projects.abortImport(id, tenant: tenant) }.value }
            throw error
        }
    }

    /// A page of the digests that the project names and the tenant does not have.
    package func missingAudio(
        of project: ProjectID,
        after digest: Digest?,
        tenant: TenantID
    ) async throws(PackagingError) -> MissingAudioPage {
        let limit = Self.missingAudioPageSize
        let digests = try await audio.missing(in: project, after: digest, limit: limit + 1, tenant: tenant)
        let page = Array(digests.prefix(limit))
        return MissingAudioPage(digests: page, next: digests.count > limit ? page.last : nil)
    }

    // MARK: Changing

    /// Changes the text or the audio of one segment. A new text without new audio drops the old audio. With new audio that
    /// is not there yet, a segment that has audio stays as it is until the new one was taken.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project, or the project no such
    ///   segment; `invalidArgument` if there is nothing to change, the text is too long, or the segment would have
    ///   neither text nor audio.
    package func update(
        segment: String,
        of reference: String,
        _ change: SegmentChange,
        tenant: TenantID
    ) async throws(PackagingError) -> SegmentUpdate {
        guard change != SegmentChange() else {
            throw .invalid("new_text", "is missing, and so is new_audio: there is nothing to change")
        }
        if let text = change.text {
            try ImportChecker.check(text: text, "text")
            guard change.audio != nil || !ImportChecker.isBlank(text) else {
                throw .invalid("text", "is empty, and there is no new audio: the segment would have neither")
            }
        }
        guard let project = try await projects.id(of: reference, tenant: tenant) else { throw .noProject(reference) }
        guard let id = SegmentID(segment),
            let update = try await projects.updateSegment(id, change, project: project, tenant: tenant)
        else {
            throw .nothing(.segment(project: reference), segment)
        }
        return update
    }

    // MARK: Reading

    /// The id of the project with this id or slug.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has none.
    package func id(of reference: String, tenant: TenantID) async throws(PackagingError) -> ProjectID {
        guard let id = try await projects.id(of: reference, tenant: tenant) else { throw .noProject(reference) }
        return id
    }

    /// The project with this id or slug.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has none.
    package func project(_ reference: String, tenant: TenantID) async throws(PackagingError) -> ProjectSummary {
        guard let project = try await projects.project(reference, tenant: tenant) else {
            throw .noProject(reference)
        }
        return project
    }

    /// The tenant's projects, newest first.
    ///
    /// - Parameter user: Only projects on which this user has a role; all if nil.
    /// - Throws: ``PackagingError`` with code `invalidArgument` for a token that this server did not make.
    package func projects(
        _ page: PageRequest,
        grantedTo user: UserID? = nil,
        tenant: TenantID
    ) async throws(PackagingError) -> Page<ProjectSummary> {
        try await projects.projects(after: try page.cursor(), limit: page.limit, grantedTo: user, tenant: tenant)
    }
}

extension PackagingError {
    /// The error for an id or slug that names no project of the tenant.
    static func noProject(_ reference: String) -> Self {
        .nothing(.project, reference)
    }
}

/// Which page of a list is wanted.
package struct PageRequest: Sendable, Hashable {
    /// The most elements of the page, 1 through 1,000.
    package var limit: Int
    private let token: String

    /// The page of `size` elements (100 when 0, at most 1,000) that follows the page which gave `token`. An empty token
    /// stands for the first page.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` for a negative size.
    package init(size: Int32, token: String) throws(PackagingError) {
        guard size >= 0 else { throw .invalid("page_size", "\(size) is negative") }
        limit = size == 0 ? 100 : min(Int(size), 1000)
        self.token = token
    }

    func cursor() throws(PackagingError) -> PageCursor? {
        if token.isEmpty { return nil }
        guard let cursor = PageCursor(token: token) else {
            throw .invalid("page_token", "is not one that a list of this server gave")
        }
        return cursor
    }
}
