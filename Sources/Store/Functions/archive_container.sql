-- The container of a tenant's archived packages: TenantContainers.archive in Blobs.
--
-- Called by archive and PackageStore.archive.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.archive_container(p_tenant uuid) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT 't-' || p_tenant || '-archive'$$;

REVOKE EXECUTE ON FUNCTION packaging.archive_container FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.archive_container TO packaging_app;
