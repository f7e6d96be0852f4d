-- Takes on locations of all tenants that are due to be emptied, at most p_limit. A location that is not reported as
-- emptied is given out again after five minutes.
--
-- Called by PackageStore.claimRemovals. Runs as the scheduler, because it looks across tenants.
-- Locks: the rows in blob_removals, skipping those that others have locked.
CREATE OR REPLACE FUNCTION packaging.claim_removals(p_limit integer)
RETURNS TABLE (tenant_id uuid, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    UPDATE packaging.blob_removals AS r SET has_begun = true, due_at = v_now + interval '5 minutes'
    FROM (
        SELECT d.tenant_id, d.blob_container, d.blob_path FROM packaging.blob_removals AS d
        WHERE d.due_at <= v_now
            AND NOT (
                d.waits_for_jobs AND EXISTS (
                    SELECT FROM packaging.packaging_jobs AS j
                    WHERE j.tenant_id = d.tenant_id AND j.completed_at IS NULL AND j.created_at <= d.created_at
                )
            )
        ORDER BY d.due_at
        LIMIT p_limit
        FOR UPDATE OF d SKIP LOCKED
    ) AS due
    WHERE r.tenant_id = due.tenant_id AND r.blob_container = due.blob_container AND r.blob_path = due.blob_path
    RETURNING r.tenant_id, r.blob_container, r.blob_path;
END
$$;

ALTER FUNCTION packaging.claim_removals OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.claim_removals FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.claim_removals TO packaging_app;
