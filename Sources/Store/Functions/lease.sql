-- How long a claim or a beat holds a job.
--
-- Called by claim, beat and advance. Locks: none.
CREATE OR REPLACE FUNCTION packaging.lease() RETURNS interval
LANGUAGE sql IMMUTABLE
AS $$SELECT interval '30 seconds'$$;

REVOKE EXECUTE ON FUNCTION packaging.lease FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.lease TO packaging_app, packaging_scheduler;
