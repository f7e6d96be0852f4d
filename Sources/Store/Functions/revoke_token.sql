-- Refuses a token from now on. Returns when the row was made and when it may go, or no row if p_limit other tokens of the
-- tenant are refused already.
--
-- Called by AccessStore.revoke(token:).
-- Locks: access_versions first, so that the count is right, then the row.
CREATE OR REPLACE FUNCTION packaging.revoke_token(
    p_tenant uuid, p_token text, p_expires timestamptz, p_by uuid, p_limit integer
) RETURNS TABLE (created_at timestamptz, expires_at timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
    PERFORM packaging.change_access(p_tenant);
    IF (
        SELECT count(*) FROM packaging.revoked_tokens AS r
        WHERE r.tenant_id = p_tenant AND r.token_id <> p_token AND r.expires_at > packaging.now()
    ) >= p_limit THEN
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO packaging.revoked_tokens AS r (tenant_id, token_id, expires_at, created_at, created_by)
    VALUES (p_tenant, p_token, p_expires, packaging.now(), p_by)
    ON CONFLICT (tenant_id, token_id) DO UPDATE SET expires_at = GREATEST(r.expires_at, EXCLUDED.expires_at)
    RETURNING r.created_at, r.expires_at;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.revoke_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.revoke_token TO packaging_app;
