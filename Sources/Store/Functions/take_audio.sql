-- Takes back the place of audio that is recorded.
--
-- Trigger on audio_cache, after the row and not before: the row waits for a transaction that deletes its predecessor,
-- and then sees what that gave up.
-- Locks: the row in blob_removals.
CREATE OR REPLACE FUNCTION packaging.take_audio() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM packaging.take_content(NEW.tenant_id, NEW.blob_container, NEW.blob_path);
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.take_audio FROM PUBLIC;

CREATE OR REPLACE TRIGGER take_audio AFTER INSERT ON packaging.audio_cache
    FOR EACH ROW EXECUTE FUNCTION packaging.take_audio();
