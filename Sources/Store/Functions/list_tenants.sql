-- Tenants in the order of their names, after p_after, p_limit at most.
--
-- Called by TenantStore.tenants(after:limit:). Runs as the scheduler, because it looks across tenants.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.list_tenants(p_after text, p_limit integer)
RETURNS TABLE (id uuid, name text, quota_bytes bigint, default_retention_days integer, version_limit integer,
    drops_oldest_version boolean, jobs_per_hour integer, running_cap integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id, t.name, t.quota_bytes, t.default_retention_days, t.version_limit, t.drops_oldest_version,
        t.jobs_per_hour, t.running_cap
    FROM packaging.tenants AS t
    WHERE t.name > p_after
    ORDER BY t.name
    LIMIT p_limit
$$;

ALTER FUNCTION packaging.list_tenants OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.list_tenants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.list_tenants TO packaging_app;
