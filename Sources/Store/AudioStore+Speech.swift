package import Model
internal import Postgres

extension AudioStore {
    /// Records speech that is in the blob store. Later requests for the same words with the same voice find it.
    package func record(spoken audio: [StoredAudio], tenant: TenantID) async throws(PackagingError) {
        guard !audio.isEmpty else { return }
        // In the order of the hashes, as announcements are, so that no two transactions wait for each other.
        let audio = audio.sorted { $0.audio.digest.description < $1.audio.digest.description }
        let statements =
            audio.map { Self.insert($0, tenant) }
            + audio.compactMap { audio in audio.speech.map { Self.remember($0, audio, tenant) } }
        try await wrapped { _ = try await client.transaction(statements, as: tenant) }
    }

    /// Gives recorded speech to segments that have no audio, and remembers it with the project, so that a sentence that
    /// goes and comes back has it at once (`give_speech`).
    ///
    /// No fence is needed: the audio is given only if the book is still as it was at `revision`, and was made from that
    /// book.
    ///
    /// - Returns: False if the book has changed since `revision`, so that other words or voices may be wanted. Nothing
    ///   has changed then.
    package func attach(
        spoken: [SegmentID: Digest],
        project: ProjectID,
        revision: Int64,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        let pairs = Array(spoken)
        let give: SQL = """
            WITH book AS (
                SELECT FROM packaging.projects
                WHERE tenant_id = \(tenant) AND id = \(project) AND revision = \(revision)
            ), given AS (
                INSERT INTO packaging.audio_segment_metadata (tenant_id, segment_id, project_id, sha256, created_at)
                SELECT s.tenant_id, s.id, s.project_id, n.sha256, packaging.now()
                FROM unnest(\(pairs.map(\.key)), \(pairs.map(\.value))) AS n (segment_id, sha256)
                    JOIN packaging.segments AS s
                        ON s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.id = n.segment_id
                WHERE EXISTS (SELECT FROM book)
                ON CONFLICT (tenant_id, segment_id) DO NOTHING
                RETURNING segment_id
            ), risen AS (
                UPDATE packaging.projects SET revision = revision + 1, updated_at = packaging.now()
                WHERE tenant_id = \(tenant) AND id = \(project) AND EXISTS (SELECT FROM given)
            )
            SELECT count(*) AS books FROM book
            """
        // After the audio was given, because a job only asks for what its segments do not have.
        let remember: SQL = """
            INSERT INTO packaging.project_speech AS k
                (tenant_id, project_id, text_sha256, voice_provider, voice_name, language, sha256)
            SELECT DISTINCT ON (x.text_sha256, x.voice_provider, x.voice_name)
                \(tenant), \(project), x.text_sha256, x.voice_provider, x.voice_name, x.language, x.sha256
            FROM (
                SELECT sha256(convert_to(s.text, 'UTF8')) AS text_sha256,
                    CASE WHEN s.voice_provider <> '' THEN s.voice_provider
                        ELSE COALESCE(p.settings -> 'voice' ->> 'provider', '') END AS voice_provider,
                    CASE WHEN s.voice_provider <> '' THEN s.voice_name
                        ELSE COALESCE(p.settings -> 'voice' ->> 'name', '') END AS voice_name,
                    p.metadata ->> 'language' AS language, m.sha256
                FROM unnest(\(pairs.map(\.key)), \(pairs.map(\.value))) AS n (segment_id, sha256)
                    JOIN packaging.segments AS s
                        ON s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.id = n.segment_id
                    JOIN packaging.audio_segment_metadata AS m
                        ON m.tenant_id = \(tenant) AND m.segment_id = s.id AND m.sha256 = n.sha256
                    JOIN packaging.projects AS p ON p.tenant_id = \(tenant) AND p.id = \(project)
            ) AS x
            ORDER BY x.text_sha256, x.voice_provider, x.voice_name
            ON CONFLICT (tenant_id, project_id, text_sha256, voice_provider, voice_name, language)
                DO UPDATE SET sha256 = EXCLUDED.sha256 WHERE k.sha256 <> EXCLUDED.sha256
            """
        return try await wrapped {
            try await client.transaction([Self.lock(project, tenant), give, remember], as: tenant)[1].first?
                .decode(Int.self, "books") == 1
        }
    }
}
