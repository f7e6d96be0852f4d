-- Gives a user a role on a project, in place of the one that the user has; the user's row is made if there is none. With a
-- null role the user loses the role. Outcomes: done; not_granted, if there was no role to take; last_owner, if p_by would
-- take from themselves what makes them the only owner.
--
-- Called by AccessStore.putGrant and AccessStore.deleteGrant.
-- Locks: the project, so that no two owners leave at the same time, then the grants, then access_versions.
CREATE OR REPLACE FUNCTION packaging.put_grant(p_tenant uuid, p_project uuid, p_subject text, p_role text, p_by uuid)
RETURNS TABLE (outcome text, granted_at timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_user uuid;
BEGIN
    PERFORM FROM packaging.projects WHERE tenant_id = p_tenant AND id = p_project FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'no_project', NULL::timestamptz;
        RETURN;
    END IF;
    v_user := CASE WHEN p_role IS NULL
        THEN (
            SELECT u.id FROM packaging.users AS u
            WHERE u.tenant_id = p_tenant AND u.kind = 'user' AND u.subject = p_subject
        )
        ELSE packaging.principal(p_tenant, 'user', p_subject)
    END;
    IF v_user = p_by AND p_role IS DISTINCT FROM 'owner'
        AND EXISTS (
            SELECT FROM packaging.grants AS g
            WHERE g.tenant_id = p_tenant AND g.project_id = p_project AND g.user_id = v_user AND g.role = 'owner'
        )
        AND NOT EXISTS (
            SELECT FROM packaging.grants AS g
            WHERE g.tenant_id = p_tenant AND g.project_id = p_project AND g.user_id <> v_user AND g.role = 'owner'
        )
    THEN
        RETURN QUERY SELECT 'last_owner', NULL::timestamptz;
        RETURN;
    END IF;
    IF p_role IS NULL THEN
        DELETE FROM packaging.grants AS g
        WHERE g.tenant_id = p_tenant AND g.project_id = p_project AND g.user_id = v_user;
        IF NOT FOUND THEN
            RETURN QUERY SELECT 'not_granted', NULL::timestamptz;
            RETURN;
        END IF;
    ELSE
        INSERT INTO packaging.grants AS g (tenant_id, project_id, user_id, role, granted_at, granted_by)
        VALUES (p_tenant, p_project, v_user, p_role, v_now, p_by)
        ON CONFLICT (tenant_id, project_id, user_id) DO UPDATE
            SET role = EXCLUDED.role, granted_at = EXCLUDED.granted_at, granted_by = EXCLUDED.granted_by;
    END IF;
    PERFORM packaging.change_access(p_tenant);
    RETURN QUERY SELECT 'done', v_now;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.put_grant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.put_grant TO packaging_app;
