-- Takes back jobs of all tenants whose lease has expired, at most p_limit; their daemon is dead or cut off. A job that
-- was asked to stop is cancelled, a job that has lost four daemons is failed, and the others are queued again: at once
-- after the first loss, because it says nothing about the job, and after a pause from the second on. A daemon that was
-- only cut off undoes the loss (undo_loss) when it is back.
--
-- Called by JobStore.sweep, in every daemon at least once a second. Runs as the scheduler, because it looks across
-- tenants. Without an expired lease it reads one row of the index packaging_jobs_lease, and locks nothing.
-- Locks: the jobs, skipping those that others have locked, then their attempts, then their event streams.
CREATE OR REPLACE FUNCTION packaging.sweep(p_limit integer)
RETURNS TABLE (tenant_id uuid, project_id uuid, job_id uuid, status text)
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
        WHERE j.lease_until < v_now
        ORDER BY j.lease_until
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) AS x;
    IF v_jobs IS NULL THEN
        RETURN;
    END IF;

    UPDATE packaging.job_attempts AS a SET outcome = 'lost', ended_at = v_now
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
    WHERE a.tenant_id = j.tenant_id AND a.job_id = j.id AND a.epoch = j.epoch AND a.outcome = 'open'
        AND j.lease_until < v_now;

    UPDATE packaging.packaging_jobs AS j
    SET status = CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN j.crash_count >= 3 THEN 'failed' ELSE 'queued' END,
        error_message = CASE WHEN j.cancel_requested_at IS NULL AND j.crash_count >= 3
            THEN 'the daemon that ran the job was lost 4 times' END,
        error_reason = CASE WHEN j.cancel_requested_at IS NULL AND j.crash_count >= 3 THEN 'DAEMON_LOST' END,
        completed_at = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crash_count >= 3 THEN v_now END,
        epoch = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crash_count >= 3 THEN j.epoch END,
        current_step = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crash_count >= 3
            THEN '' ELSE 'starting again: the daemon that ran the job was lost' END,
        estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL,
        crash_count = j.crash_count + 1,
        run_at = CASE WHEN j.crash_count = 0 THEN v_now ELSE v_now + packaging.backoff(j.crash_count - 1) END
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
    WHERE j.tenant_id = u.tenant_id AND j.id = u.job_id AND j.lease_until < v_now;

    PERFORM packaging.append_events(v_tenants, v_jobs, v_now);

    RETURN QUERY
    SELECT j.tenant_id, j.project_id, j.id, j.status
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id;
END
$$;

ALTER FUNCTION packaging.sweep OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.sweep FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.sweep TO packaging_app;
