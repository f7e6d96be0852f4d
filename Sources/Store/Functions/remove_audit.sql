-- Removes entries of the audit, and revocations of tokens, whose time is over, at most p_limit of each. Returns how many.
--
-- Called by HistoryStore.removeAudit. Runs as the scheduler, because it looks across tenants.
-- Locks: the rows that it removes, skipping those that others have locked.
CREATE OR REPLACE FUNCTION packaging.remove_audit(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_days integer;
    v_entries integer;
    v_tokens integer;
BEGIN
    SELECT keep_audit_days INTO STRICT v_days FROM packaging.queue_settings;
    DELETE FROM packaging.audit WHERE (tenant_id, id) IN (
        SELECT a.tenant_id, a.id FROM packaging.audit AS a
        WHERE a.at < v_now - make_interval(days => v_days)
        ORDER BY a.at LIMIT p_limit
    );
    GET DIAGNOSTICS v_entries = ROW_COUNT;
    DELETE FROM packaging.revoked_tokens WHERE (tenant_id, token_id) IN (
        SELECT r.tenant_id, r.token_id FROM packaging.revoked_tokens AS r
        WHERE r.expires_at < v_now
        ORDER BY r.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS v_tokens = ROW_COUNT;
    RETURN v_entries + v_tokens;
END
$$;

ALTER FUNCTION packaging.remove_audit OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.remove_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.remove_audit TO packaging_app;
