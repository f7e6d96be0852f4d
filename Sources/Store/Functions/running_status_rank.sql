-- The place of a running status in the order in which jobs pass through them, starting at 1; null for the status of a
-- job that is not running. The order is that of JobStatus in Model.
--
-- Called by advance.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.running_status_rank(p_status text) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$
    SELECT array_position(ARRAY['downloading_audio', 'generating_audio', 'processing', 'uploading'], p_status)
$$;

REVOKE EXECUTE ON FUNCTION packaging.running_status_rank FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.running_status_rank TO packaging_app;
