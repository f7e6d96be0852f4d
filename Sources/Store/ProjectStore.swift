package import Model
internal import Postgres

/// The books: projects with their chapters, segments and cover.
package struct ProjectStore: Sendable {
    let client: PostgresClient

    // MARK: Reading

    /// The project with this id or slug; nil if the tenant has none. The text is looked up as an id first.
    package func project(_ idOrSlug: String, tenant: TenantID) async throws(PackagingError) -> ProjectSummary? {
        guard let id = try await id(of: idOrSlug, tenant: tenant) else { return nil }
        return try await wrapped {
            try await client.query(Self.summaries("p.id = \(id)", limit: 1, tenant), as: tenant).first.map(
                ProjectSummary.init
            )
        }
    }

    /// The id of the project with this id or slug; nil if the tenant has none.
    package func id(of idOrSlug: String, tenant: TenantID) async throws(PackagingError) -> ProjectID? {
        try await wrapped {
            try await client.query(
                """
                SELECT id FROM packaging.projects
                WHERE tenant_id = \(tenant) AND (id = \(ProjectID(idOrSlug) as ProjectID?) OR slug = \(idOrSlug))
                ORDER BY slug = \(idOrSlug) LIMIT 1
                """,
                as: tenant
            ).first?.decode("id")
        }
    }

    /// The tenant's projects, newest first.
    ///
    /// - Parameter user: Only projects on which this user has a role; all if nil.
    package func projects(
        after cursor: PageCursor? = nil,
        limit: Int,
        grantedTo user: UserID? = nil,
        tenant: TenantID
    ) async throws(PackagingError) -> Page<ProjectSummary> {
        let after = cursor ?? .start
        let rows = try await wrapped {
            try await client.query(
                Self.summaries(
                    """
                    (p.created_at, p.id) < (\(after.at), \(after.id() as ProjectID)) AND (
                        \(user as UserID?)::uuid IS NULL OR EXISTS (
                            SELECT FROM packaging.grants AS g
                            WHERE g.tenant_id = p.tenant_id AND g.project_id = p.id AND g.user_id = \(user as UserID?)
                        )
                    )
                    """,
                    limit: limit + 1,
                    tenant
                ),
                as: tenant
            ).map(ProjectSummary.init)
        }
        return Page(rows, limit: limit) { PageCursor($0.createdAt, $0.id) }
    }

    private static func summaries(_ condition: SQL, limit: Int, _ tenant: TenantID) -> SQL {
        """
        SELECT p.id, p.slug, p.metadata, p.settings, \(Cover.columns), p.cover_refusal, p.revision, p.created_at,
            p.updated_at, p.created_by, c.chapters, s.segments, s.segments_with_audio, s.audio_samples
        FROM (
            SELECT p.tenant_id, p.id, p.slug, p.metadata, p.settings, \(Cover.columns), p.cover_refusal, p.revision,
                p.created_at, p.updated_at, \(Principal.name(ofColumn: "p.created_by", in: "p")) AS created_by
            FROM packaging.projects AS p
            WHERE p.tenant_id = \(tenant) AND \(condition)
            ORDER BY p.created_at DESC, p.id DESC LIMIT \(limit)
        ) AS p
        CROSS JOIN LATERAL (
            SELECT count(*) AS chapters FROM packaging.chapters AS c
            WHERE c.tenant_id = p.tenant_id AND c.project_id = p.id
        ) AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS segments, count(a.sha256) AS segments_with_audio,
                COALESCE(sum(a.samples), 0)::bigint AS audio_samples
            FROM packaging.segments AS s
                LEFT JOIN packaging.audio_segment_metadata AS m ON m.tenant_id = s.tenant_id AND m.segment_id = s.id
                LEFT JOIN packaging.audio_cache AS a ON a.tenant_id = m.tenant_id AND a.sha256 = m.sha256
            WHERE s.tenant_id = p.tenant_id AND s.project_id = p.id
        ) AS s
        ORDER BY p.created_at DESC, p.id DESC
        """
    }
}

extension ProjectSummary {
    init(_ row: PostgresRow) throws {
        self.init(
            id: try row.decode("id"),
            slug: try row.decode("slug"),
            metadata: try StoreJSON.decode(BookMetadata.self, try row.decode("metadata")),
            settings: try StoreJSON.decode(SettingsDocument.self, try row.decode("settings")).settings,
            coverDigest: try row.decode("cover_sha256"),
            cover: try Cover(row),
            coverRefusal: try row.decode("cover_refusal"),
            chapters: try row.decode("chapters"),
            segments: try row.decode("segments"),
            segmentsWithAudio: try row.decode("segments_with_audio"),
            audioSamples: try row.decode("audio_samples"),
            revision: try row.decode("revision"),
            createdAt: try row.decode("created_at"),
            updatedAt: try row.decode("updated_at"),
            createdBy: try row.decode("created_by")
        )
    }
}
