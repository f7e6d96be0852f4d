-- Deletes imports of all tenants to which nothing was added for an hour, at most p_limit. Returns how many were
-- deleted.
--
-- Called by ProjectStore.sweepImports. Runs as the scheduler, because it looks across tenants.
-- Locks: the imports that it deletes, with their rows.
CREATE OR REPLACE FUNCTION packaging.sweep_imports(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_rows integer;
BEGIN
    DELETE FROM packaging.imports AS i
    USING (
        SELECT tenant_id, id FROM packaging.imports
        WHERE touched_at < v_now - interval '1 hour'
        ORDER BY touched_at LIMIT p_limit
    ) AS stale
    WHERE i.tenant_id = stale.tenant_id AND i.id = stale.id AND i.touched_at < v_now - interval '1 hour';
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END
$$;

ALTER FUNCTION packaging.sweep_imports OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.sweep_imports FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.sweep_imports TO packaging_app;
