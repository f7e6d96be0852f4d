-- Removes the answers to requests of all tenants that were given more than keep_jobs_days ago, at most p_limit. Returns
-- how many were removed.
--
-- The jobs that an answer names lived when it was given, or ended with it. So they are kept for longer than the answer.
--
-- Called by HistoryStore.removeRequests. Runs as the scheduler, because it looks across tenants.
-- Locks: the rows that it removes, skipping those that others have locked.
CREATE OR REPLACE FUNCTION packaging.remove_requests(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before constant timestamptz := packaging.now()
        - (SELECT q.keep_jobs_days FROM packaging.queue_settings AS q) * interval '24 hours';
    v_rows integer;
BEGIN
    DELETE FROM packaging.requests AS r
    USING (
        SELECT tenant_id, kind, request_id FROM packaging.requests
        WHERE created_at < v_before
        ORDER BY created_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE r.tenant_id = old.tenant_id AND r.kind = old.kind AND r.request_id = old.request_id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END
$$;

ALTER FUNCTION packaging.remove_requests OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.remove_requests FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.remove_requests TO packaging_app;
