package import Model
internal import Postgres

extension ProjectStore {
    /// Lines of a project's manifest in the order of the book, `limit` at most.
    ///
    /// - Parameters:
    ///   - chapter: The number of the chapter of the last known line; 0 to start at the first line.
    ///   - position: The position of that line's segment; 0 for a chapter without segments.
    package func manifest(
        of project: ProjectID,
        afterChapter chapter: Int,
        position: Int,
        limit: Int,
        tenant: TenantID
    ) async throws(PackagingError) -> [ManifestLine] {
        try await wrapped {
            try await client.query(
                """
                SELECT c.id AS chapter_id, c.position AS chapter_position, c.title, c.kind,
                    s.id AS segment_id, s.position, s.text, a.sha256, a.samples, a.provenance
                FROM packaging.chapters AS c
                    LEFT JOIN packaging.segments AS s ON s.tenant_id = c.tenant_id AND s.chapter_id = c.id
                    LEFT JOIN packaging.audio_segment_metadata AS m
                        ON m.tenant_id = s.tenant_id AND m.segment_id = s.id
                    LEFT JOIN packaging.audio_cache AS a ON a.tenant_id = m.tenant_id AND a.sha256 = m.sha256
                WHERE c.tenant_id = \(tenant) AND c.project_id = \(project)
                    AND (c.position, COALESCE(s.position, 0)) > (\(chapter)::integer, \(position)::integer)
                ORDER BY c.position, s.position LIMIT \(limit)
                """,
                as: tenant
            ).map(ManifestLine.init)
        }
    }
}

extension ManifestLine {
    init(_ row: PostgresRow) throws {
        self.init(
            chapter: try row.decode("chapter_id"),
            chapterNumber: Int(try row.decode(Int32.self, "chapter_position")),
            title: try row.decode("title"),
            kind: try row.decode("kind"),
            segment: try Segment(row)
        )
    }
}

extension ManifestLine.Segment {
    /// The segment of a line; nil where a chapter has none.
    fileprivate init?(_ row: PostgresRow) throws {
        guard let id = try row.decode(SegmentID?.self, "segment_id") else { return nil }
        self.init(
            id: id,
            position: Int(try row.decode(Int32.self, "position")),
            text: try row.decode("text"),
            audio: try row.decode("sha256"),
            samples: try row.decode("samples"),
            provenance: try row.decode("provenance")
        )
    }
}
