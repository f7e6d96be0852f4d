-- The container of a tenant's audio and covers: TenantContainers.audio in Blobs.
--
-- Called by give_up_content and give_up_audio.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.audio_container(p_tenant uuid) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT 't-' || p_tenant || '-audio'$$;

REVOKE EXECUTE ON FUNCTION packaging.audio_container FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.audio_container TO packaging_app;
