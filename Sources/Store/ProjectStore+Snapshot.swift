package import Model
internal import Postgres

extension ProjectStore {
    /// The whole book at one moment, in order; nil if the tenant has no such project.
    package func snapshot(of project: ProjectID, tenant: TenantID) async throws(PackagingError) -> BookSnapshot? {
        try await wrapped {
            // Both statements read one snapshot of the database, so that a book is never put together from two imports.
            try await client.withTransaction(settings: tenant.settings, isolation: .repeatableRead) { transaction in
                let rows = try await transaction.query([Self.head(of: project, tenant), Self.body(of: project, tenant)])
                guard let head = rows[0].first else { return nil }
                return BookSnapshot(
                    id: project,
                    slug: try head.decode("slug"),
                    revision: try head.decode("revision"),
                    metadata: try StoreJSON.decode(BookMetadata.self, try head.decode("metadata")),
                    settings: try StoreJSON.decode(SettingsDocument.self, try head.decode("settings")).settings,
                    cover: try Cover(head),
                    chapters: try Self.chapters(rows[1])
                )
            }
        }
    }

    private static func head(of project: ProjectID, _ tenant: TenantID) -> SQL {
        """
        SELECT p.slug, p.revision, p.metadata, p.settings, \(Cover.columns) FROM packaging.projects AS p
        WHERE p.tenant_id = \(tenant) AND p.id = \(project)
        """
    }

    /// The statement that returns a row for each segment, and one for each chapter without segments.
    private static func body(of project: ProjectID, _ tenant: TenantID) -> SQL {
        """
        SELECT c.id AS chapter_id, c.title, c.kind, s.id AS segment_id, s.text, s.refusal,
            s.voice_provider, s.voice_name, s.wanted_audio_sha256 IS NOT NULL AS names_audio,
            COALESCE(a.provenance <> 'recorded', false) AS is_synthetic,
            s.awaited_audio_sha256 IS NOT NULL AS awaits_audio,
            \(MeasuredAudio.columns)
        FROM packaging.chapters AS c
            LEFT JOIN packaging.segments AS s ON s.tenant_id = c.tenant_id AND s.chapter_id = c.id
            LEFT JOIN packaging.audio_segment_metadata AS m ON m.tenant_id = s.tenant_id AND m.segment_id = s.id
            LEFT JOIN packaging.audio_cache AS a ON a.tenant_id = m.tenant_id AND a.sha256 = m.sha256
        WHERE c.tenant_id = \(tenant) AND c.project_id = \(project)
        ORDER BY c.position, s.position
        """
    }

    private static func chapters(_ rows: [PostgresRow]) throws(PostgresError) -> [BookSnapshot.Chapter] {
        var chapters: [BookSnapshot.Chapter] = []
        for row in rows {
            let id = try row.decode(ChapterID.self, "chapter_id")
            if chapters.last?.id != id {
                let (title, kind) = (try row.decode(String.self, "title"), try row.decode(ChapterKind.self, "kind"))
                chapters.append(BookSnapshot.Chapter(id: id, title: title, kind: kind, segments: []))
            }
            guard let segment = try row.decode(SegmentID?.self, "segment_id") else { continue }
            let text = try row.decode(String.self, "text")
            let provider = try row.decode(String.self, "voice_provider")
            chapters[chapters.count - 1].segments.append(
                BookSnapshot.Segment(
                    id: segment,
                    text: text.isEmpty ? nil : text,
                    audio: try row.decode(Digest?.self, "sha256") == nil ? nil : MeasuredAudio(row),
                    refusal: try row.decode("refusal"),
                    voice: provider.isEmpty ? nil : Voice(provider: provider, name: try row.decode("voice_name")),
                    namesAudio: try row.decode("names_audio"),
                    isSynthetic: try row.decode("is_synthetic"),
                    awaitsAudio: try row.decode("awaits_audio")
                )
            )
        }
        return chapters
    }
}

extension MeasuredAudio {
    /// The columns of a row of `audio_cache AS a`.
    static let columns: SQL = """
        a.sha256, a.size_bytes, a.format, a.source_sample_rate, a.source_channels, a.samples, a.peak, a.energy,
        a.quietest_mean_square, a.warnings, a.blob_container, a.blob_path
        """

    /// The measured audio in a row of the audio cache.
    init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            digest: try row.decode("sha256"),
            bytes: try row.decode("size_bytes"),
            measurement: AudioMeasurement(
                format: try row.decode("format"),
                sourceSampleRate: Int(try row.decode(Int32.self, "source_sample_rate")),
                sourceChannels: Int(try row.decode(Int32.self, "source_channels")),
                samples: try row.decode("samples"),
                peak: try row.decode("peak"),
                energy: try row.decode("energy"),
                quietestMeanSquare: try row.decode("quietest_mean_square"),
                warnings: try row.decode("warnings")
            ),
            location: BlobLocation(container: try row.decode("blob_container"), path: try row.decode("blob_path"))
        )
    }
}
