-- Gives back, at no cost, the jobs that a daemon holds without knowing it: the answers to its claims were lost on their
-- way. p_known are the epochs that the daemon knows. Returns the projects of the jobs.
--
-- Called by JobStore.giveBackUnknown, after a claim without an answer and while no other claim is under way. Runs as the
-- scheduler, because a daemon has jobs of several tenants.
-- Locks: the jobs, skipping those that others have locked, then their attempts, then their event streams.
CREATE OR REPLACE FUNCTION packaging.give_back_unknown(p_owner uuid, p_known bigint[])
RETURNS TABLE (project_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_tenants uuid[];
    v_jobs uuid[];
BEGIN
    SELECT array_agg(x.tenant_id), array_agg(x.id) INTO v_tenants, v_jobs
    FROM (
        SELECT j.tenant_id, j.id FROM packaging.packaging_jobs AS j
        WHERE j.lease_until IS NOT NULL AND j.owner_id = p_owner AND j.epoch <> ALL (p_known)
        FOR UPDATE SKIP LOCKED
    ) AS x;
    IF v_jobs IS NULL THEN
        RETURN;
    END IF;

    UPDATE packaging.job_attempts AS a SET outcome = 'returned', ended_at = v_now
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
    WHERE a.tenant_id = j.tenant_id AND a.job_id = j.id AND a.epoch = j.epoch AND a.outcome = 'open';

    UPDATE packaging.packaging_jobs AS j
    SET status = CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE 'queued' END,
        completed_at = CASE WHEN j.cancel_requested_at IS NOT NULL THEN v_now END,
        epoch = CASE WHEN j.cancel_requested_at IS NOT NULL THEN j.epoch END,
        attempt = j.attempt - CASE WHEN j.cancel_requested_at IS NOT NULL THEN 0 ELSE 1 END,
        current_step = '', estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL, run_at = v_now
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
    WHERE j.tenant_id = u.tenant_id AND j.id = u.job_id;

    PERFORM packaging.append_events(v_tenants, v_jobs, v_now);

    RETURN QUERY
    SELECT j.project_id FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id;
END
$$;

ALTER FUNCTION packaging.give_back_unknown OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.give_back_unknown FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.give_back_unknown TO packaging_app;
