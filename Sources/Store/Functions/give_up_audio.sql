-- Gives up the bytes of audio whose row is deleted. This concerns only bytes that the daemon stored: audio that was
-- registered at its own location belongs to its owner.
--
-- Trigger on audio_cache.
-- Locks: the row in blob_removals that it inserts.
CREATE OR REPLACE FUNCTION packaging.give_up_audio() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (OLD.blob_container, OLD.blob_path)
        = (packaging.audio_container(OLD.tenant_id), packaging.content_path('segments', OLD.sha256))
    THEN
        PERFORM packaging.give_up_content(OLD.tenant_id, OLD.blob_path);
    END IF;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.give_up_audio FROM PUBLIC;

CREATE OR REPLACE TRIGGER give_up_audio AFTER DELETE ON packaging.audio_cache
    FOR EACH ROW EXECUTE FUNCTION packaging.give_up_audio();
