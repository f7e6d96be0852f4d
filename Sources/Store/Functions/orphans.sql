-- Locations where attempts may have left bytes that no package has. Each is returned from 15 minutes after the attempt
-- ended until it was emptied, and once more after 24 hours. At most p_limit are returned.
--
-- Called by PackageStore.orphans. Runs as the scheduler, because it looks across tenants.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.orphans(p_limit integer)
RETURNS TABLE (tenant_id uuid, job_id uuid, epoch bigint, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    SELECT tenant_id, job_id, epoch, blob_container, blob_path FROM packaging.job_attempts
    WHERE outcome NOT IN ('open', 'committed') AND sweeps < 2
        AND ended_at < v_now - CASE sweeps WHEN 0 THEN interval '15 minutes' ELSE interval '24 hours' END
        AND ended_at < v_now - interval '15 minutes'
    ORDER BY ended_at LIMIT p_limit;
END
$$;

ALTER FUNCTION packaging.orphans OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.orphans FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.orphans TO packaging_app;
