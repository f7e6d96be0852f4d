-- Renews the leases of all jobs of a daemon and writes their progress. Returns the jobs that still belong to the
-- daemon, which of them have to stop, and how long the lease holds. A job that is missing in the answer belongs to
-- another attempt or has ended.
--
-- Progress becomes an event if the whole percent has risen, if the step or the status has changed, or if the time left is
-- known for the first time, at most once a second for each job, and not after the job was asked to stop. Percentages never fall: an attempt that does again what an
-- earlier one had done is told by its steps. A heartbeat whose status comes before the job's present one is older than
-- that, and tells nothing. Daemons of an earlier release send no status; it then stays, and a smaller percentage tells
-- nothing. Between two events the row keeps the values of the last event. A lease never becomes shorter than was promised before, because a daemon that did not get the answer
-- relies on the earlier promise.
--
-- Called by JobStore.beat. Runs as the scheduler, because a daemon has jobs of several tenants.
-- Locks: the jobs in the order of (tenant, job), then their event streams.
CREATE OR REPLACE FUNCTION packaging.beat(p_beats jsonb)
RETURNS TABLE (tenant_id uuid, project_id uuid, job_id uuid, epoch bigint, cancel_requested boolean, told boolean,
    lease_seconds integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_lease constant interval := packaging.lease();
    v_tenants uuid[];
    v_jobs uuid[];
BEGIN
    PERFORM FROM jsonb_to_recordset(p_beats) AS b (tenant uuid, job uuid, epoch bigint)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch
    WHERE j.lease_until IS NOT NULL
    ORDER BY j.tenant_id, j.id
    FOR UPDATE OF j;

    WITH told AS (
        UPDATE packaging.packaging_jobs AS j
        SET status = COALESCE(b.status, j.status), progress_percent = GREATEST(j.progress_percent, b.percent),
            current_step = b.step, progressed_at = v_now,
            estimated_completion_at = v_now + b.remaining_ms * interval '1 millisecond'
        FROM jsonb_to_recordset(p_beats) AS b
            (tenant uuid, job uuid, epoch bigint, status text, percent integer, step text, remaining_ms bigint)
        WHERE j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch AND j.lease_until IS NOT NULL
            AND j.cancel_requested_at IS NULL
            AND packaging.running_status_rank(COALESCE(b.status, j.status)) >= packaging.running_status_rank(j.status)
            AND (j.progress_percent < b.percent OR j.current_step <> b.step OR j.status <> b.status
                OR (j.estimated_completion_at IS NULL AND b.remaining_ms IS NOT NULL))
            AND (b.status IS NOT NULL OR j.progress_percent <= b.percent)
            AND (j.progressed_at IS NULL OR j.progressed_at <= v_now - interval '1 second')
        RETURNING j.tenant_id, j.id
    )
    SELECT array_agg(told.tenant_id), array_agg(told.id) INTO v_tenants, v_jobs FROM told;

    UPDATE packaging.packaging_jobs AS j SET lease_until = GREATEST(j.lease_until, v_now + v_lease)
    FROM jsonb_to_recordset(p_beats) AS b (tenant uuid, job uuid, epoch bigint)
    WHERE j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch AND j.lease_until IS NOT NULL;

    PERFORM packaging.append_events(v_tenants, v_jobs, v_now);

    RETURN QUERY
    SELECT j.tenant_id, j.project_id, j.id, j.epoch, j.cancel_requested_at IS NOT NULL,
        COALESCE(j.id = ANY (v_jobs), false), EXTRACT(EPOCH FROM v_lease)::integer
    FROM jsonb_to_recordset(p_beats) AS b (tenant uuid, job uuid, epoch bigint)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch
    WHERE j.lease_until IS NOT NULL;
END
$$;

ALTER FUNCTION packaging.beat OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.beat FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.beat TO packaging_app;
