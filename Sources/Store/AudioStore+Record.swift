package import Model
internal import Postgres

extension AudioStore {
    /// Announces bytes that are about to be stored under their hashes (`TenantContainers.content`). If no row names them
    /// in ten minutes, they are removed.
    ///
    /// - Parameter kind: The folder: `segments` or `covers`.
    package func announce(_ kind: String, _ digests: [Digest], tenant: TenantID) async throws(PackagingError) {
        guard !digests.isEmpty else { return }
        try await wrapped {
            _ = try await client.query(
                "SELECT packaging.announce_content(\(tenant), \(kind), \(digests))",
                as: tenant
            )
        }
    }

    /// Records audio that lies in the blob store, and gives it to all segments of the project that wait for it. Segments
    /// that await it in place of the audio that they have change now, in text and audio.
    ///
    /// Audio with the same digest stays as it was first recorded. Audio that no segment of the project waits for, because
    /// the book has changed or never named it, is not kept unless somebody else uses it.
    ///
    /// - Returns: Segments of the project that have this audio now.
    package func record(
        _ audio: StoredAudio,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> Int {
        let statements = [
            Self.lock(project, tenant), Self.insert(audio, tenant), Self.change(audio.audio.digest, project, tenant),
            Self.attach(audio.audio.digest, project, tenant), Self.dropUnused(audio.audio.digest, tenant),
        ]
        return try await wrapped {
            try await client.transaction(statements, as: tenant)[3].first?.decode("segments") ?? 0
        }
    }

    /// Gives audio that the tenant has to all segments of the project that wait for it.
    ///
    /// - Returns: Segments of the project that have this audio now; zero if the tenant has no such audio.
    package func attach(
        _ digest: Digest,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> Int {
        let statements = [
            Self.lock(project, tenant), Self.change(digest, project, tenant), Self.attach(digest, project, tenant),
        ]
        return try await wrapped {
            try await client.transaction(statements, as: tenant)[2].first?.decode("segments") ?? 0
        }
    }

    /// Records audio that is in the tenant's blob container, and gives it to one segment, even if the segment had or
    /// waited for other audio. A text that was to come with this audio comes now; a change with other audio is forgotten.
    ///
    /// - Returns: False if the project has no such segment. The tenant then has the audio all the same, and no segment
    ///   has changed.
    package func register(
        _ audio: StoredAudio,
        for segment: SegmentID,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        let digest = audio.audio.digest
        let give: SQL = """
            WITH changed AS (
                UPDATE packaging.segments
                SET refusal = NULL,
                    text = CASE WHEN awaited_audio_sha256 = \(digest) THEN COALESCE(awaited_text, text) ELSE text END,
                    -- A book that names no audio for the segment goes on not naming any: importing it again keeps this.
                    wanted_audio_sha256 = CASE
                        WHEN COALESCE(wanted_audio_sha256, awaited_audio_sha256) IS NOT NULL THEN \(digest)
                    END,
                    awaited_audio_sha256 = NULL, awaited_text = NULL
                WHERE tenant_id = \(tenant) AND project_id = \(project) AND id = \(segment)
                RETURNING id
            ), given AS (
                INSERT INTO packaging.audio_segment_metadata AS m
                    (tenant_id, segment_id, project_id, sha256, created_at)
                SELECT \(tenant), id, \(project), \(digest), packaging.now() FROM changed
                ON CONFLICT (tenant_id, segment_id)
                    DO UPDATE SET sha256 = EXCLUDED.sha256, created_at = EXCLUDED.created_at
                    WHERE m.sha256 <> EXCLUDED.sha256
                RETURNING segment_id
            ), risen AS (
                UPDATE packaging.projects SET revision = revision + 1, updated_at = packaging.now()
                WHERE tenant_id = \(tenant) AND id = \(project) AND EXISTS (SELECT FROM given)
            )
            SELECT count(*) AS segments FROM changed
            """
        let statements =
            [Self.lock(project, tenant), Self.insert(audio, tenant), give]
            + (audio.speech.map { [Self.remember($0, audio, tenant)] } ?? [])
        return try await wrapped {
            try await client.transaction(statements, as: tenant)[2].first?.decode(Int.self, "segments") == 1
        }
    }

    /// Segments of a project for which audio was refused.
    package struct RefusedSegments: Sendable, Hashable {
        /// The number of those that had other audio, and keep it.
        package var keeping: Int
        /// The number of those that have no audio.
        package var without: Int
    }

    /// Records why audio was refused, in every segment of the project that has none and waits for it. Segments that have
    /// audio and await this keep what they have: the change is forgotten.
    @discardableResult
    package func recordRefusal(
        _ refusal: String,
        digest: Digest,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> RefusedSegments {
        let forget: SQL = """
            WITH kept AS (
                UPDATE packaging.segments AS s SET awaited_audio_sha256 = NULL, awaited_text = NULL
                WHERE s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.awaited_audio_sha256 = \(digest)
                RETURNING id
            )
            SELECT (SELECT count(*) FROM kept) AS keeping, (
                SELECT count(*) FROM packaging.segments AS s
                WHERE s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.wanted_audio_sha256 = \(digest)
                    AND NOT EXISTS (
                        SELECT FROM packaging.audio_segment_metadata AS m
                        WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id
                    )
            ) AS without
            """
        let refuse: SQL = """
            WITH changed AS (
                UPDATE packaging.segments AS s SET refusal = \(refusal)
                WHERE s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.wanted_audio_sha256 = \(digest)
                    AND s.refusal IS DISTINCT FROM \(refusal)
                    AND NOT EXISTS (
                        SELECT FROM packaging.audio_segment_metadata AS m
                        WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id
                    )
                RETURNING id
            )
            UPDATE packaging.projects SET revision = revision + 1, updated_at = packaging.now()
            WHERE tenant_id = \(tenant) AND id = \(project) AND EXISTS (SELECT FROM changed)
            """
        return try await wrapped {
            let rows = try await client.transaction([Self.lock(project, tenant), forget, refuse], as: tenant)
            guard let row = rows[1].first else { return RefusedSegments(keeping: 0, without: 0) }
            return RefusedSegments(keeping: try row.decode("keeping"), without: try row.decode("without"))
        }
    }

    /// Locks the project, so that no import removes segments while they are given audio.
    static func lock(_ project: ProjectID, _ tenant: TenantID) -> SQL {
        "SELECT FROM packaging.projects WHERE tenant_id = \(tenant) AND id = \(project) FOR NO KEY UPDATE"
    }

    static func insert(_ stored: StoredAudio, _ tenant: TenantID) -> SQL {
        let (audio, measured) = (stored.audio, stored.audio.measurement)
        return """
            INSERT INTO packaging.audio_cache (
                tenant_id, sha256, size_bytes, blob_container, blob_path, format, source_sample_rate, source_channels,
                samples, peak, energy, quietest_mean_square, warnings, provenance, provider, voice, language,
                text_sha256, created_at
            )
            VALUES (
                \(tenant), \(audio.digest), \(audio.bytes), \(audio.location.container), \(audio.location.path),
                \(measured.format), \(measured.sourceSampleRate), \(measured.sourceChannels), \(measured.samples),
                \(measured.peak), \(measured.energy), \(measured.quietestMeanSquare), \(measured.warnings),
                \(stored.provenance),
                \(stored.speech?.voice.provider as String?), \(stored.speech?.voice.name as String?),
                \(stored.speech?.language as String?), \(stored.speech?.text as Digest?), packaging.now()
            )
            ON CONFLICT (tenant_id, sha256) DO NOTHING
            """
    }

    /// Records what was spoken from which words. The first speech of a key counts, because two daemons may speak a
    /// sentence at once.
    static func remember(_ key: SpeechKey, _ stored: StoredAudio, _ tenant: TenantID) -> SQL {
        """
        INSERT INTO packaging.speech (tenant_id, provider, voice, language, text_sha256, provenance, sha256)
        VALUES (
            \(tenant), \(key.voice.provider), \(key.voice.name), \(key.language), \(key.text), \(stored.provenance),
            \(stored.audio.digest)
        )
        ON CONFLICT (tenant_id, provider, voice, language, text_sha256, provenance) DO NOTHING
        """
    }

    /// Speech is kept without a use, because it is made before it is given to segments.
    private static func dropUnused(_ digest: Digest, _ tenant: TenantID) -> SQL {
        """
        DELETE FROM packaging.audio_cache AS c
        WHERE c.tenant_id = \(tenant) AND c.sha256 = \(digest) AND c.provider IS NULL
            AND NOT EXISTS (
                SELECT FROM packaging.audio_uses AS u WHERE u.tenant_id = c.tenant_id AND u.sha256 = c.sha256
            )
            AND NOT EXISTS (
                SELECT FROM packaging.audio_segment_metadata AS m
                WHERE m.tenant_id = c.tenant_id AND m.sha256 = c.sha256
            )
        """
    }

    /// Makes the changes of segments that await this audio, if it is there.
    private static func change(_ digest: Digest, _ project: ProjectID, _ tenant: TenantID) -> SQL {
        """
        WITH changed AS (
            UPDATE packaging.segments AS s
            SET text = COALESCE(s.awaited_text, s.text), wanted_audio_sha256 = a.sha256, refusal = NULL,
                awaited_audio_sha256 = NULL, awaited_text = NULL
            FROM packaging.audio_cache AS a
            WHERE a.tenant_id = \(tenant) AND a.sha256 = \(digest)
                AND s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.awaited_audio_sha256 = a.sha256
            RETURNING s.tenant_id, s.id, s.project_id, a.sha256
        ), given AS (
            INSERT INTO packaging.audio_segment_metadata (tenant_id, segment_id, project_id, sha256, created_at)
            SELECT tenant_id, id, project_id, sha256, packaging.now() FROM changed
            ON CONFLICT (tenant_id, segment_id)
                DO UPDATE SET sha256 = EXCLUDED.sha256, created_at = EXCLUDED.created_at
        )
        UPDATE packaging.projects SET revision = revision + 1, updated_at = packaging.now()
        WHERE tenant_id = \(tenant) AND id = \(project) AND EXISTS (SELECT FROM changed)
        """
    }

    private static func attach(_ digest: Digest, _ project: ProjectID, _ tenant: TenantID) -> SQL {
        """
        WITH waiting AS (
            SELECT s.tenant_id, s.id, s.project_id, a.sha256
            FROM packaging.segments AS s
                JOIN packaging.audio_cache AS a ON a.tenant_id = s.tenant_id AND a.sha256 = s.wanted_audio_sha256
            WHERE s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.wanted_audio_sha256 = \(digest)
        ), given AS (
            INSERT INTO packaging.audio_segment_metadata (tenant_id, segment_id, project_id, sha256, created_at)
            SELECT tenant_id, id, project_id, sha256, packaging.now() FROM waiting
            ON CONFLICT (tenant_id, segment_id) DO NOTHING
            RETURNING segment_id
        ), cleared AS (
            UPDATE packaging.segments AS s SET refusal = NULL
            FROM waiting WHERE s.tenant_id = waiting.tenant_id AND s.id = waiting.id AND s.refusal IS NOT NULL
        ), risen AS (
            UPDATE packaging.projects SET revision = revision + 1, updated_at = packaging.now()
            WHERE tenant_id = \(tenant) AND id = \(project) AND EXISTS (SELECT FROM given)
        )
        SELECT count(*) AS segments FROM waiting
        """
    }
}
