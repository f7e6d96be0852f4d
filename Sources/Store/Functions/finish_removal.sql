-- Records that a location was emptied. If it was the location of an object, the object's row says "deleted" from now
-- on. A location that has to be emptied twice is due again in 24 hours.
--
-- Called by PackageStore.finish.
-- Locks: the object, then the row in blob_removals.
CREATE OR REPLACE FUNCTION packaging.finish_removal(p_tenant uuid, p_container text, p_path text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    UPDATE packaging.objects SET state = 'deleted', deleted_at = v_now
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND state = 'deleting';
    DELETE FROM packaging.blob_removals
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND has_begun
        AND looks_left = 1;
    UPDATE packaging.blob_removals SET looks_left = looks_left - 1, due_at = v_now + interval '24 hours'
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND has_begun;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.finish_removal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.finish_removal TO packaging_app;
