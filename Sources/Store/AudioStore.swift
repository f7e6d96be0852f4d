package import Model
internal import Postgres

/// The audio of segments: which audio exists, which is missing, and which segments want it.
///
/// Audio is named by the SHA-256 of its bytes. A segment has its audio as soon as the audio is both wanted and
/// recorded, in either order.
package struct AudioStore: Sendable {
    let client: PostgresClient

    /// The digests of audio that the project's segments name or await and that does not exist, sorted and without
    /// repeats. Refused audio that segments name is among them, because it may be sent again.
    package func missing(
        in project: ProjectID,
        after digest: Digest? = nil,
        limit: Int,
        tenant: TenantID
    ) async throws(PackagingError) -> [Digest] {
        try await wrapped {
            try await client.query(
                """
                SELECT s.wanted_audio_sha256 AS sha256
                FROM packaging.segments AS s
                WHERE s.tenant_id = \(tenant) AND s.project_id = \(project)
                    AND s.wanted_audio_sha256 > \(digest?.bytes ?? [])
                    AND NOT EXISTS (
                        SELECT FROM packaging.audio_segment_metadata AS m
                        WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id
                    )
                UNION
                SELECT s.awaited_audio_sha256
                FROM packaging.segments AS s
                WHERE s.tenant_id = \(tenant) AND s.project_id = \(project)
                    AND s.awaited_audio_sha256 > \(digest?.bytes ?? [])
                ORDER BY sha256 LIMIT \(limit)
                """,
                as: tenant
            ).map { row in try row.decode(Digest.self, "sha256") }
        }
    }

    /// The tenant's audio with this digest; nil if there is none.
    package func audio(_ digest: Digest, tenant: TenantID) async throws(PackagingError) -> StoredAudio? {
        try await wrapped {
            try await client.query(
                """
                SELECT \(MeasuredAudio.columns), a.provenance, a.provider, a.voice, a.language, a.text_sha256
                FROM packaging.audio_cache AS a WHERE a.tenant_id = \(tenant) AND a.sha256 = \(digest)
                """,
                as: tenant
            ).first.map(StoredAudio.init)
        }
    }

    /// Speech that was made from the same words with the same voice by the same engine, for any project of the tenant; nil
    /// if there is none.
    ///
    /// - Parameter provenance: What the provider says of its version and the voice.
    package func audio(
        spoken key: SpeechKey,
        provenance: String,
        tenant: TenantID
    ) async throws(PackagingError) -> StoredAudio? {
        try await wrapped {
            try await client.query(
                """
                SELECT \(MeasuredAudio.columns), k.provenance, k.provider, k.voice, k.language, k.text_sha256
                FROM packaging.speech AS k
                    JOIN packaging.audio_cache AS a ON a.tenant_id = k.tenant_id AND a.sha256 = k.sha256
                WHERE k.tenant_id = \(tenant) AND k.provider = \(key.voice.provider) AND k.voice = \(key.voice.name)
                    AND k.language = \(key.language) AND k.text_sha256 = \(key.text) AND k.provenance = \(provenance)
                """,
                as: tenant
            ).first.map(StoredAudio.init)
        }
    }

    /// The segments of a project that name or await this audio, in the order of the book.
    package func places(
        of digest: Digest,
        in project: ProjectID,
        limit: Int = 100,
        tenant: TenantID
    ) async throws(PackagingError) -> [SegmentPlace] {
        try await wrapped {
            try await client.query(
                """
                SELECT c.position AS chapter, c.title, s.position AS segment
                FROM packaging.segments AS s
                    JOIN packaging.chapters AS c ON c.tenant_id = s.tenant_id AND c.id = s.chapter_id
                WHERE s.tenant_id = \(tenant) AND s.project_id = \(project)
                    AND (s.wanted_audio_sha256 = \(digest) OR s.awaited_audio_sha256 = \(digest))
                ORDER BY c.position, s.position LIMIT \(limit)
                """,
                as: tenant
            ).map { row in
                SegmentPlace(
                    chapter: Int(try row.decode(Int32.self, "chapter")),
                    title: try row.decode("title"),
                    segment: Int(try row.decode(Int32.self, "segment"))
                )
            }
        }
    }
}

extension StoredAudio {
    init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            audio: try MeasuredAudio(row),
            provenance: try row.decode("provenance"),
            speech: try SpeechKey(row)
        )
    }
}

extension SpeechKey {
    /// The words and voice that the audio of a row was made from; nil if it was not made by a speech provider here.
    fileprivate init?(_ row: PostgresRow) throws(PostgresError) {
        guard let provider = try row.decode(String?.self, "provider") else { return nil }
        self.init(
            voice: Voice(provider: provider, name: try row.decode("voice")),
            language: try row.decode("language"),
            text: try row.decode("text_sha256")
        )
    }
}
