-- Deletes those of the packages that have expired. Leaves all of them for the next round if another transaction is
-- changing the tenant's packages at this moment.
--
-- Called by PackageStore.expire.
-- Locks: as delete_packages, but does not wait for tenant_usage.
CREATE OR REPLACE FUNCTION packaging.expire_packages(p_tenant uuid, p_packages uuid[])
RETURNS TABLE (deleted integer, bytes_freed bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 0, 0::bigint;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT d.deleted, d.bytes_freed
    FROM packaging.delete_packages(p_tenant, ARRAY(
        SELECT id FROM packaging.packages
        WHERE tenant_id = p_tenant AND id = ANY (p_packages) AND expires_at <= v_now
    )) AS d;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.expire_packages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.expire_packages TO packaging_app;
