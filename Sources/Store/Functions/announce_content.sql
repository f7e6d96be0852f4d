-- Announces content-addressed bytes that are about to be stored: they are removed after ten minutes, as give_up_content
-- does, unless a row names them by then. So bytes whose row is never written, because the daemon died or because what
-- wanted them is gone, do not stay for ever.
--
-- p_kind: "segments" or "covers". Bytes that a row names already are left alone. The lock keeps a row that is being written
-- from being overlooked: what names such bytes takes the same lock before it takes the removal back.
--
-- The commit does not wait for the disk: the announcement only has to survive the daemon. If the server itself crashes in
-- the next second, the bytes may stay.
--
-- Called by AudioStore.announce.
-- Locks: an advisory lock on each place, in the order of their paths, and after each the row in blob_removals that it
-- inserts.
CREATE OR REPLACE FUNCTION packaging.announce_content(p_tenant uuid, p_kind text, p_sha256 bytea[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_sha256 bytea;
    v_path text;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR v_sha256 IN SELECT s FROM unnest(p_sha256) AS s ORDER BY s LOOP
        v_path := packaging.content_path(p_kind, v_sha256);
        PERFORM pg_advisory_xact_lock(hashtextextended(v_path, 0));
        IF NOT EXISTS (
            SELECT FROM packaging.audio_cache
            WHERE p_kind = 'segments' AND tenant_id = p_tenant AND sha256 = v_sha256 AND blob_path = v_path
        ) AND NOT EXISTS (
            SELECT FROM packaging.projects
            WHERE p_kind = 'covers' AND tenant_id = p_tenant AND cover_sha256 = v_sha256 AND cover_blob_path = v_path
        ) THEN
            PERFORM packaging.give_up_content(p_tenant, v_path);
        END IF;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.announce_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.announce_content TO packaging_app;
