-- The tenant with this name or id; no row if there is none.
--
-- Called by TenantStore.tenant(named:): a caller names its tenant before its transaction is bound to one, so this runs
-- as the scheduler.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.find_tenant(p_name text)
RETURNS TABLE (id uuid, name text, quota_bytes bigint, default_retention_days integer, version_limit integer,
    drops_oldest_version boolean, jobs_per_hour integer, running_cap integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id, t.name, t.quota_bytes, t.default_retention_days, t.version_limit, t.drops_oldest_version,
        t.jobs_per_hour, t.running_cap
    FROM packaging.tenants AS t
    WHERE t.name = p_name OR t.id::text = lower(p_name)
$$;

ALTER FUNCTION packaging.find_tenant OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.find_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.find_tenant TO packaging_app;
