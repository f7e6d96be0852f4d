-- The place of a platform in every list, starting at 1: the order of Platform.allCases in Model.
--
-- Called by everything that lists jobs by platform.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.platform_rank(p_platform text) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$SELECT array_position(ARRAY['apple', 'google', 'spotify', 'acx', 'kobo'], p_platform)$$;

REVOKE EXECUTE ON FUNCTION packaging.platform_rank FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.platform_rank TO packaging_app, packaging_scheduler;
