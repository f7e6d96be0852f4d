-- Removes the rows of objects of all tenants whose bytes were removed more than keep_deleted_days ago, at most p_limit.
-- Returns how many were removed. No package refers to such an object, and no later attempt has its location.
--
-- Called by HistoryStore.removeObjects. Runs as the scheduler, because it looks across tenants.
-- Locks: the rows that it removes, skipping those that others have locked.
CREATE OR REPLACE FUNCTION packaging.remove_objects(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before constant timestamptz := packaging.now()
        - (SELECT q.keep_deleted_days FROM packaging.queue_settings AS q) * interval '24 hours';
    v_rows integer;
BEGIN
    DELETE FROM packaging.objects AS o
    USING (
        SELECT tenant_id, id FROM packaging.objects
        WHERE deleted_at < v_before
        ORDER BY deleted_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE o.tenant_id = old.tenant_id AND o.id = old.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END
$$;

ALTER FUNCTION packaging.remove_objects OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.remove_objects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.remove_objects TO packaging_app;
