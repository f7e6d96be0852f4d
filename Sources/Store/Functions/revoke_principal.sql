-- Refuses the tokens of a user or a service that were issued before a time, which is never in the future and never goes
-- back. Returns that time and when it was set.
--
-- Called by AccessStore.revoke(principal:).
-- Locks: the user's row, then access_versions.
CREATE OR REPLACE FUNCTION packaging.revoke_principal(
    p_tenant uuid, p_kind text, p_subject text, p_before timestamptz, p_by uuid
) RETURNS TABLE (not_before timestamptz, set_at timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_user constant uuid := packaging.principal(p_tenant, p_kind, p_subject);
BEGIN
    RETURN QUERY
    UPDATE packaging.users AS u
    SET not_before = GREATEST(u.not_before, LEAST(COALESCE(p_before, v_now), v_now)), not_before_set_at = v_now,
        not_before_set_by = p_by
    WHERE u.tenant_id = p_tenant AND u.id = v_user
    RETURNING u.not_before, u.not_before_set_at;
    PERFORM packaging.change_access(p_tenant);
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.revoke_principal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.revoke_principal TO packaging_app;
