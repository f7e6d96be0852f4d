-- How long a claim or a beat holds a job. The value is in the only row of queue_settings.
--
-- Called by claim, beat and advance. Set by "packagingd migrate --lease".
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.lease() RETURNS interval
LANGUAGE sql STABLE
AS $$SELECT make_interval(secs => q.lease_seconds) FROM packaging.queue_settings AS q$$;

REVOKE EXECUTE ON FUNCTION packaging.lease FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.lease TO packaging_app, packaging_scheduler;
