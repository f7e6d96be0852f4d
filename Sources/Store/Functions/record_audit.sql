-- Writes that a login failed before its tenant was known. The daemon itself can only write for the tenant that it acts for.
--
-- Called by AccessStore.record(_:). Runs as the scheduler, because it writes for nobody's tenant.
-- Locks: only the row that it inserts.
CREATE OR REPLACE FUNCTION packaging.record_audit(
    p_method text, p_target text, p_outcome text, p_call text, p_peer text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO packaging.audit (tenant_id, at, actor, method, target, outcome, call_id, peer)
    VALUES ('00000000-0000-0000-0000-000000000000', packaging.now(), '', p_method, p_target, p_outcome, p_call, p_peer)
$$;

ALTER FUNCTION packaging.record_audit OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.record_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.record_audit TO packaging_app;
