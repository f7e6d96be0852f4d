-- Expired packages of all tenants, at most p_limit. The caller deletes them as their tenant, which checks the expiry
-- again.
--
-- Called by PackageStore.expired. Runs as the scheduler, because it looks across tenants.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.expired_packages(p_limit integer) RETURNS TABLE (tenant_id uuid, package_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    SELECT tenant_id, id FROM packaging.packages WHERE expires_at <= v_now ORDER BY expires_at LIMIT p_limit;
END
$$;

ALTER FUNCTION packaging.expired_packages OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.expired_packages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.expired_packages TO packaging_app;
