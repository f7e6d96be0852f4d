-- Takes back the location of audio whose row is inserted.
--
-- Trigger on audio_cache. It runs after the insert and not before it, because the insert waits for a transaction that
-- deletes the earlier row with the same key, and only then sees the location that this transaction gave up.
-- Locks: an advisory lock on the place, so that announce_content sees the row, and then the row in blob_removals.
CREATE OR REPLACE FUNCTION packaging.take_audio() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.blob_path, 0));
    PERFORM packaging.take_content(NEW.tenant_id, NEW.blob_container, NEW.blob_path);
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.take_audio FROM PUBLIC;

CREATE OR REPLACE TRIGGER take_audio AFTER INSERT ON packaging.audio_cache
    FOR EACH ROW EXECUTE FUNCTION packaging.take_audio();
