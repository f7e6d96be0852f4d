-- Records which projects have used which audio.
--
-- Trigger on audio_segment_metadata. It runs once for all rows of a statement, because an import gives audio to
-- thousands of segments.
-- Locks: the rows in audio_uses that it inserts.
CREATE OR REPLACE FUNCTION packaging.record_audio_use() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO packaging.audio_uses (tenant_id, project_id, sha256)
    SELECT DISTINCT tenant_id, project_id, sha256 FROM given
    ON CONFLICT (tenant_id, project_id, sha256) DO NOTHING;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.record_audio_use FROM PUBLIC;

CREATE OR REPLACE TRIGGER record_audio_use_inserted AFTER INSERT ON packaging.audio_segment_metadata
    REFERENCING NEW TABLE AS given
    FOR EACH STATEMENT EXECUTE FUNCTION packaging.record_audio_use();
CREATE OR REPLACE TRIGGER record_audio_use_updated AFTER UPDATE ON packaging.audio_segment_metadata
    REFERENCING NEW TABLE AS given
    FOR EACH STATEMENT EXECUTE FUNCTION packaging.record_audio_use();
