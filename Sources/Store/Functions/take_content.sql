-- Takes back a location that was given up. If its bytes are being removed at this moment, this fails with
-- lock_not_available, and the caller calls it again.
--
-- Called by take_audio and change_cover.
-- Locks: the row in blob_removals.
CREATE OR REPLACE FUNCTION packaging.take_content(p_tenant uuid, p_container text, p_path text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM packaging.blob_removals
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND NOT has_begun;
    IF EXISTS (
        SELECT FROM packaging.blob_removals
        WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path
    ) THEN
        RAISE EXCEPTION 'the blob "%" is being removed', p_path USING ERRCODE = 'lock_not_available';
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.take_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.take_content TO packaging_app;
