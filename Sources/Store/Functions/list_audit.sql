-- Who did what, the latest first, before the entry p_before: of all tenants and of nobody, for the operator alone.
--
-- Called by AccessStore.audit. Runs as the scheduler, because it looks across tenants.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.list_audit(p_before bigint, p_limit integer)
RETURNS TABLE (id bigint, at timestamptz, actor text, method text, target text, outcome text, call_id text, peer text,
    tenant text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.id, a.at, a.actor, a.method, a.target, a.outcome, a.call_id, a.peer, COALESCE(t.name, '')
    FROM packaging.audit AS a LEFT JOIN packaging.tenants AS t ON t.id = a.tenant_id
    WHERE p_before IS NULL OR a.id < p_before
    ORDER BY a.id DESC
    LIMIT p_limit
$$;

ALTER FUNCTION packaging.list_audit OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.list_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.list_audit TO packaging_app;
