-- The container of a tenant's temporary packages, which are kept for 24 hours: TenantContainers.temp in Blobs.
--
-- Called by claim.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.temp_container(p_tenant uuid) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT 't-' || p_tenant || '-temp'$$;

REVOKE EXECUTE ON FUNCTION packaging.temp_container FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.temp_container TO packaging_app, packaging_scheduler;
