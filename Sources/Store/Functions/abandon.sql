-- Ends the leases of a dead daemon at once, so that the next sweep takes its jobs back. Returns how many leases it
-- ended; leases that had expired before are not counted.
--
-- Called by JobStore.abandon: the caller has taken the lock of the state folder that the dead daemon held, so that
-- daemon is certainly dead. Runs as the scheduler, because a daemon has jobs of several tenants.
-- Locks: the jobs.
CREATE OR REPLACE FUNCTION packaging.abandon(p_owner uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_rows integer;
BEGIN
    UPDATE packaging.packaging_jobs SET lease_until = v_now - interval '1 microsecond'
    WHERE owner_id = p_owner AND lease_until >= v_now;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END
$$;

ALTER FUNCTION packaging.abandon OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.abandon FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.abandon TO packaging_app;
