package import Model
internal import Postgres

/// Some chapters and segments of an import. Pages may have any size. A chapter's segments may be in later pages than
/// the chapter.
package struct ImportPage: Sendable, Hashable {
    /// One chapter.
    package struct Chapter: Sendable, Hashable {
        /// The chapter's place in the book, from 1.
        package var number: Int
        /// Its title.
        package var title: String
        /// The kind of the chapter.
        package var kind: ChapterKind

        /// A chapter with these values.
        package init(number: Int, title: String, kind: ChapterKind) {
            self.number = number
            self.title = title
            self.kind = kind
        }
    }

    /// One segment.
    package struct Segment: Sendable, Hashable {
        /// The number of the segment's chapter.
        package var chapter: Int
        /// The segment's place in the chapter, from 1.
        package var position: Int
        /// The segment's text; empty if there is only audio.
        package var text: String
        /// The segment's voice; nil for the voice of the book.
        package var voice: Voice?
        /// The digest of the segment's audio; nil for none.
        package var audio: Digest?

        /// A segment with these values.
        package init(chapter: Int, position: Int, text: String, voice: Voice? = nil, audio: Digest? = nil) {
            self.chapter = chapter
            self.position = position
            self.text = text
            self.voice = voice
            self.audio = audio
        }
    }

    /// Chapters, in any order.
    package var chapters: [Chapter]
    /// Segments, in any order.
    package var segments: [Segment]

    /// A page of these rows.
    package init(chapters: [Chapter] = [], segments: [Segment] = []) {
        self.chapters = chapters
        self.segments = segments
    }
}

extension ProjectStore {
    /// Begins an import. Nothing of the project changes before ``commitImport(_:tenant:)``.
    package func beginImport(_ header: ImportHeader, tenant: TenantID) async throws(PackagingError) -> ImportID {
        let id = ImportID.random()
        let metadata = try StoreJSON.encode(header.metadata)
        let settings = try StoreJSON.encode(SettingsDocument(header.settings))
        try await wrapped {
            _ = try await client.execute(
                """
                INSERT INTO packaging.imports (
                    tenant_id, id, slug, metadata, settings, cover_sha256, created_by, origin, replaces
                )
                VALUES (
                    \(tenant), \(id), \(header.slug ?? ""), \(metadata), \(settings), \(header.cover as Digest?),
                    \(header.user as UserID?), \(header.origin), \(header.replaces)
                )
                """,
                as: tenant
            )
        }
        return id
    }

    /// Adds rows to an import.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the import was committed, aborted or swept.
    package func append(_ page: ImportPage, to id: ImportID, tenant: TenantID) async throws(PackagingError) {
        let touch: SQL = """
            UPDATE packaging.imports SET touched_at = packaging.now()
            WHERE tenant_id = \(tenant) AND id = \(id) RETURNING id
            """
        // Nothing may be written for an import that is gone, so both inserts check once more that it exists.
        let chapters: SQL = """
            INSERT INTO packaging.import_chapters (tenant_id, import_id, number, title, kind)
            SELECT i.tenant_id, i.id, c.number, c.title, c.kind
            FROM packaging.imports AS i
                CROSS JOIN unnest(
                    \(page.chapters.map(\.number)), \(page.chapters.map(\.title)), \(page.chapters.map(\.kind.rawValue))
                ) AS c (number, title, kind)
            WHERE i.tenant_id = \(tenant) AND i.id = \(id)
            """
        let segments: SQL = """
            INSERT INTO packaging.import_segments (
                tenant_id, import_id, chapter_number, position, text, voice_provider, voice_name, wanted_audio_sha256
            )
            SELECT i.tenant_id, i.id, s.chapter_number, s.position, s.text, s.voice_provider, s.voice_name,
                s.wanted_audio_sha256
            FROM packaging.imports AS i
                CROSS JOIN unnest(
                    \(page.segments.map(\.chapter)), \(page.segments.map(\.position)), \(page.segments.map(\.text)),
                    \(page.segments.map { $0.voice?.provider ?? "" }), \(page.segments.map { $0.voice?.name ?? "" }),
                    \(page.segments.map(\.audio))
                ) AS s (chapter_number, position, text, voice_provider, voice_name, wanted_audio_sha256)
            WHERE i.tenant_id = \(tenant) AND i.id = \(id)
            """
        let rows = try await wrapped { try await client.transaction([touch, chapters, segments], as: tenant) }
        guard rows.first?.isEmpty == false else { throw Self.noImport(id) }
    }

    /// Makes the project from the received rows, or merges them into the project with the same slug, in one
    /// transaction. Chapters and segments that have not changed keep their ids and their audio.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the import was committed, aborted or swept;
    ///   `failedPrecondition` with reason `SLUG_TAKEN` if the slug that the header names belongs to another book;
    ///   `permissionDenied` (`ROLE_REQUIRED`) if the book has another owner, or `alreadyExists` (`SLUG_NOT_FREE`) if the
    ///   user may not know of it. Nothing has changed then, and the import is still there.
    package func commitImport(_ id: ImportID, tenant: TenantID) async throws(PackagingError) -> ImportResult {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, project_id, slug, created, chapters, segments, revision, missing_cover, taken_slug, title
                FROM packaging.commit_import(\(tenant), \(id))
                """,
                as: tenant
            )
            guard let row = rows.first else { throw Self.noImport(id) }
            switch try row.decode(String.self, "outcome") {
            case "committed": break
            case "slug_hidden": throw Self.slugNotFree(try row.decode("slug"))
            case "role_required":
                throw PackagingError.roleRequired(.owner, on: "project \"\(try row.decode(String.self, "slug"))\"")
            default: throw try Self.slugTaken(row)
            }
            return ImportResult(
                project: try row.decode("project_id"),
                slug: try row.decode("slug"),
                created: try row.decode("created"),
                chapters: Int(try row.decode(Int32.self, "chapters")),
                segments: Int(try row.decode(Int32.self, "segments")),
                revision: try row.decode("revision"),
                isCoverMissing: try row.decode("missing_cover"),
                takenSlug: try row.decode("taken_slug")
            )
        }
    }

    /// Deletes an import. Does nothing if it is gone.
    package func abortImport(_ id: ImportID, tenant: TenantID) async throws(PackagingError) {
        try await wrapped {
            _ = try await client.execute(
                "DELETE FROM packaging.imports WHERE tenant_id = \(tenant) AND id = \(id)",
                as: tenant
            )
        }
    }

    /// Deletes imports of all tenants to which nothing was added for an hour.
    ///
    /// - Returns: How many were deleted, at most `limit`.
    package func sweepImports(limit: Int = 100) async throws(PackagingError) -> Int {
        try await wrapped {
            let rows = try await client.query("SELECT packaging.sweep_imports(\(limit)::integer) AS swept")
            return try rows.first.map { Int(try $0.decode(Int32.self, "swept")) } ?? 0
        }
    }

    /// The error for a slug of a project on which the user has no role: it tells nothing of that project.
    private static func slugNotFree(_ slug: String) -> PackagingError {
        PackagingError(
            .alreadyExists,
            "slug \"\(slug)\" is not free",
            reason: "SLUG_NOT_FREE",
            hint: "Import the book under another slug."
        )
    }

    private static func slugTaken(_ row: PostgresRow) throws(PostgresError) -> PackagingError {
        let (slug, title) = (try row.decode(String.self, "slug"), try row.decode(String.self, "title"))
        return PackagingError(
            .failedPrecondition,
            "project \"\(slug)\" is another book: \"\(title)\"",
            reason: "SLUG_TAKEN",
            detail: "It came from another place, and less than half of it is in the book that is imported.",
            hint: "Import the book under another slug, or say that it replaces the project.",
            metadata: [
                "slug": slug, "title": title, "project": try row.decode(ProjectID.self, "project_id").description,
            ]
        )
    }

    private static func noImport(_ id: ImportID) -> PackagingError {
        PackagingError(.notFound, "import \"\(id)\" does not exist", detail: "It was idle for an hour, or has ended.")
    }
}
