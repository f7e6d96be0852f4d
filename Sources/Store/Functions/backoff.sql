-- How long a job waits after its nth failure, or its nth loss after the first, counted from 0: 5 s, 10 s, 20 s, up to 5 minutes.
--
-- Called by sweep and give_up.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.backoff(p_failures integer) RETURNS interval
LANGUAGE sql IMMUTABLE
AS $$SELECT LEAST(interval '5 seconds' * power(2, LEAST(p_failures, 10)), interval '5 minutes')$$;

REVOKE EXECUTE ON FUNCTION packaging.backoff FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.backoff TO packaging_app, packaging_scheduler;
