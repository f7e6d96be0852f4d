-- The id of who calls, with a row that is made at the first call.
--
-- Called by AccessStore.id(of:).
-- Locks: only the row that it inserts.
CREATE OR REPLACE FUNCTION packaging.principal(p_tenant uuid, p_kind text, p_subject text) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    v_id uuid;
BEGIN
    LOOP
        SELECT u.id INTO v_id FROM packaging.users AS u
        WHERE u.tenant_id = p_tenant AND u.kind = p_kind AND u.subject = p_subject;
        IF FOUND THEN
            RETURN v_id;
        END IF;
        INSERT INTO packaging.users (tenant_id, kind, subject) VALUES (p_tenant, p_kind, p_subject)
        ON CONFLICT (tenant_id, kind, subject) DO NOTHING;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.principal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.principal TO packaging_app;
