-- Gives the speech that the project's sentences have had to segments that have no audio and name none: those with the same
-- words in the same voice and language. Returns how many segments it gave audio to.
--
-- It gives nothing that only another project has had: speech is given to a book when somebody asks for it, and a book that
-- waits for a recording must not get the voice of an engine unasked. A job that is to speak looks at all of the tenant's.
--
-- p_segment: the only segment to look at; NULL for all of the project.
--
-- Called by commit_import and ProjectStore.updateSegment.
-- Locks: the rows that it inserts; the caller has locked the project.
CREATE OR REPLACE FUNCTION packaging.give_speech(p_tenant uuid, p_project uuid, p_segment uuid) RETURNS bigint
LANGUAGE plpgsql SET enable_nestloop = off SET enable_mergejoin = off
AS $$
DECLARE
    v_rows bigint;
BEGIN
    INSERT INTO packaging.audio_segment_metadata (tenant_id, segment_id, project_id, sha256, created_at)
    SELECT p_tenant, s.id, p_project, k.sha256, packaging.now()
    FROM packaging.segments AS s
        JOIN packaging.projects AS p ON p.id = s.project_id
        JOIN packaging.project_speech AS k ON k.text_sha256 = sha256(convert_to(s.text, 'UTF8'))
    WHERE s.tenant_id = p_tenant AND s.project_id = p_project AND s.text <> '' AND s.wanted_audio_sha256 IS NULL
        AND (p_segment IS NULL OR s.id = p_segment)
        AND p.tenant_id = p_tenant AND p.id = p_project
        AND k.tenant_id = p_tenant AND k.project_id = p_project
        AND k.language = p.metadata ->> 'language'
        AND k.voice_provider = CASE
            WHEN s.voice_provider <> '' THEN s.voice_provider ELSE COALESCE(p.settings -> 'voice' ->> 'provider', '')
        END
        AND k.voice_name = CASE
            WHEN s.voice_provider <> '' THEN s.voice_name ELSE COALESCE(p.settings -> 'voice' ->> 'name', '')
        END
    ON CONFLICT (tenant_id, segment_id) DO NOTHING;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.give_speech FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.give_speech TO packaging_app;
