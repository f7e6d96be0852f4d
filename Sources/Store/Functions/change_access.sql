-- Tells all daemons that revocations or grants of the tenant have changed.
--
-- Called by every function that changes one, in its transaction.
-- Locks: the tenant's row in access_versions, until the transaction ends.
CREATE OR REPLACE FUNCTION packaging.change_access(p_tenant uuid) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO packaging.access_versions AS v (tenant_id, version) VALUES (p_tenant, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET version = v.version + 1
$$;

REVOKE EXECUTE ON FUNCTION packaging.change_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.change_access TO packaging_app;
