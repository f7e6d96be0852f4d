-- The path of content-addressed bytes: TenantContainers.content in Blobs.
--
-- Called by announce_content, give_up_audio and delete_project.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.content_path(p_kind text, p_sha256 bytea) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT format('%s/%s/%s', p_kind, left(encode(p_sha256, 'hex'), 2), encode(p_sha256, 'hex'))$$;

REVOKE EXECUTE ON FUNCTION packaging.content_path FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.content_path TO packaging_app;
