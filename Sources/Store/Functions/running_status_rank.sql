-- The place of a running status in the order in which jobs pass through them, starting at 1; null for the status of a
-- job that is not running. The two in which audio is got together have the same place: segments are spoken after the book
-- was read, and before the others are fetched.
--
-- Called by advance and beat.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.running_status_rank(p_status text) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE p_status
        WHEN 'downloading_audio' THEN 1 WHEN 'generating_audio' THEN 1 WHEN 'processing' THEN 2 WHEN 'uploading' THEN 3
    END
$$;

REVOKE EXECUTE ON FUNCTION packaging.running_status_rank FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.running_status_rank TO packaging_app, packaging_scheduler;
