-- Gives every new tenant its rows in tenant_sched, tenant_usage and access_versions.
--
-- Trigger on tenants.
-- Locks: only the rows that it inserts.
CREATE OR REPLACE FUNCTION packaging.open_tenant() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO packaging.tenant_sched (tenant_id) VALUES (NEW.id);
    INSERT INTO packaging.tenant_usage (tenant_id) VALUES (NEW.id);
    INSERT INTO packaging.access_versions (tenant_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.open_tenant FROM PUBLIC;

CREATE OR REPLACE TRIGGER open_tenant AFTER INSERT ON packaging.tenants
    FOR EACH ROW EXECUTE FUNCTION packaging.open_tenant();
