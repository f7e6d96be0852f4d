-- Keeps a package from being deleted until this transaction ends, and renews the time of a temporary one: a caller that
-- asks for a package has it for 24 hours. Returns false if the package is gone or has expired.
--
-- Called by create_batch and finish_with, which have locked tenant_usage.
-- Locks: the package and its object.
CREATE OR REPLACE FUNCTION packaging.hold_package(p_tenant uuid, p_package uuid, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM packaging.packages AS p
        JOIN packaging.objects AS o ON o.tenant_id = p.tenant_id AND o.id = p.object_id
    WHERE p.tenant_id = p_tenant AND p.id = p_package AND p.expires_at > p_now AND o.state = 'live'
    FOR NO KEY UPDATE OF p, o;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE packaging.packages SET expires_at = p_now + interval '24 hours'
    WHERE tenant_id = p_tenant AND id = p_package AND storage_tier = 'temp';
    RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.hold_package FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.hold_package TO packaging_app;
