package import Model
internal import Postgres

extension ProjectStore {
    /// Changes one segment. If the tenant has the named audio, the segment gets it at once. Else a segment without audio
    /// waits for it, and one that has audio keeps audio and text: the change is remembered, and made when the audio is
    /// recorded (``AudioStore/record(_:project:tenant:)``).
    ///
    /// A new text without new audio drops the old audio, which contains other words. What was remembered before is
    /// forgotten.
    ///
    /// - Returns: Nil if the project has no such segment; nothing has changed then.
    package func updateSegment(
        _ segment: SegmentID,
        _ change: SegmentChange,
        project: ProjectID,
        tenant: TenantID
    ) async throws(PackagingError) -> SegmentUpdate? {
        try await wrapped {
            try await client.withTransaction(settings: tenant.settings) { transaction in
                _ = try await transaction.query(AudioStore.lock(project, tenant))
                let mine: SQL = "s.tenant_id = \(tenant) AND s.project_id = \(project) AND s.id = \(segment)"
                var changes = 0
                var isAwaited = false
                if let audio = change.audio {
                    isAwaited = try await transaction.execute(Self.remember(mine, audio, change.text)) > 0
                }
                if !isAwaited {
                    try await transaction.execute(Self.forget(mine))
                    for statement in [Self.dropAudio(mine, change), Self.write(mine, change), Self.giveAudio(mine)] {
                        changes += try await transaction.execute(statement)
                    }
                    let given = try await transaction.query(
                        "SELECT packaging.give_speech(\(tenant), \(project), \(segment)) AS segments"
                    )
                    changes += try given.first?.decode("segments") ?? 0
                }
                if changes > 0 { try await transaction.execute(Self.raiseRevision(of: project, tenant)) }
                return try await transaction.query(Self.state(mine)).first.map { row in
                    SegmentUpdate(isAudioMissing: try row.decode("is_missing"), revision: try row.decode("revision"))
                }
            }
        }
    }

    /// Remembers a change, if the segment has audio and the new audio is not there; otherwise changes no row.
    private static func remember(_ mine: SQL, _ audio: Digest, _ text: String?) -> SQL {
        """
        UPDATE packaging.segments AS s
        SET awaited_audio_sha256 = \(audio), awaited_text = NULLIF(\(text as String?), s.text)
        WHERE \(mine)
            AND NOT EXISTS (
                SELECT FROM packaging.audio_cache AS a WHERE a.tenant_id = s.tenant_id AND a.sha256 = \(audio)
            )
            AND EXISTS (
                SELECT FROM packaging.audio_segment_metadata AS m
                WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id
            )
        """
    }

    private static func forget(_ mine: SQL) -> SQL {
        """
        UPDATE packaging.segments AS s SET awaited_audio_sha256 = NULL, awaited_text = NULL
        WHERE \(mine) AND s.awaited_audio_sha256 IS NOT NULL
        """
    }

    /// Runs before ``write(_:_:)``, which overwrites the old text.
    private static func dropAudio(_ mine: SQL, _ change: SegmentChange) -> SQL {
        """
        DELETE FROM packaging.audio_segment_metadata AS m USING packaging.segments AS s
        WHERE \(mine) AND m.tenant_id = s.tenant_id AND m.segment_id = s.id
            AND COALESCE(
                m.sha256 <> \(change.audio as Digest?), s.text <> \(change.text as String?), false
            )
        """
    }

    private static func write(_ mine: SQL, _ change: SegmentChange) -> SQL {
        """
        UPDATE packaging.segments AS s
        SET text = new.text, wanted_audio_sha256 = new.wanted,
            refusal = CASE WHEN s.wanted_audio_sha256 = new.wanted THEN s.refusal END
        FROM (
            SELECT s.id, COALESCE(\(change.text as String?), s.text) AS text,
                CASE WHEN s.text = COALESCE(\(change.text as String?), s.text)
                    THEN COALESCE(\(change.audio as Digest?), s.wanted_audio_sha256)
                    ELSE \(change.audio as Digest?) END AS wanted
            FROM packaging.segments AS s WHERE \(mine)
        ) AS new
        WHERE \(mine) AND (s.text, s.wanted_audio_sha256) IS DISTINCT FROM (new.text, new.wanted)
        """
    }

    private static func giveAudio(_ mine: SQL) -> SQL {
        """
        INSERT INTO packaging.audio_segment_metadata (tenant_id, segment_id, project_id, sha256, created_at)
        SELECT s.tenant_id, s.id, s.project_id, a.sha256, packaging.now()
        FROM packaging.segments AS s
            JOIN packaging.audio_cache AS a ON a.tenant_id = s.tenant_id AND a.sha256 = s.wanted_audio_sha256
        WHERE \(mine)
        ON CONFLICT (tenant_id, segment_id) DO NOTHING
        """
    }

    private static func raiseRevision(of project: ProjectID, _ tenant: TenantID) -> SQL {
        """
        UPDATE packaging.projects SET revision = revision + 1, updated_at = packaging.now()
        WHERE tenant_id = \(tenant) AND id = \(project)
        """
    }

    private static func state(_ mine: SQL) -> SQL {
        """
        SELECT p.revision, s.awaited_audio_sha256 IS NOT NULL OR NOT EXISTS (
            SELECT FROM packaging.audio_segment_metadata AS m
            WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id
        ) AS is_missing
        FROM packaging.segments AS s
            JOIN packaging.projects AS p ON p.tenant_id = s.tenant_id AND p.id = s.project_id
        WHERE \(mine)
        """
    }
}
