-- Has content-addressed bytes of a tenant removed after ten minutes, unless their location is taken back before that.
-- Jobs that were created before now may still read the bytes, so the removal also waits until these have ended.
--
-- The location of audio and covers follows from their hash, so the same bytes may be wanted at the same location at any
-- moment. No request uses a location for as long as ten minutes.
--
-- Called by give_up_audio, change_cover and announce_content.
-- Locks: the row in blob_removals that it inserts.
CREATE OR REPLACE FUNCTION packaging.give_up_content(p_tenant uuid, p_path text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    INSERT INTO packaging.blob_removals
        (tenant_id, blob_container, blob_path, created_at, due_at, waits_for_jobs)
    VALUES (p_tenant, packaging.audio_container(p_tenant), p_path, v_now, v_now + interval '10 minutes', true)
    ON CONFLICT (tenant_id, blob_container, blob_path) DO NOTHING;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.give_up_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.give_up_content TO packaging_app;
