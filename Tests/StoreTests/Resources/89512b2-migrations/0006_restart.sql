-- What a daemon does about its own last start.

-- Ends the leases of a dead daemon at once. Who calls holds the lock of the state folder that the dead one held, so it
-- is dead; the sweep then treats its jobs like all others whose daemon was lost.
CREATE FUNCTION packaging.abandon(p_owner uuid) RETURNS integer
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

GRANT CREATE ON SCHEMA packaging TO packaging_scheduler;
ALTER FUNCTION packaging.abandon(uuid) OWNER TO packaging_scheduler;
REVOKE CREATE ON SCHEMA packaging FROM packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.abandon(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.abandon(uuid) TO packaging_app;
