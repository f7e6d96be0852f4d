-- Ends an attempt without a package.
--
-- p_how: "failed", the package cannot be made; "retry", a later attempt may succeed, and after the eighth failure the
-- job is failed; "returned", the daemon stops, so the job is queued again at once and the attempt is not counted;
-- "postponed", something was short for a moment (memory, a disk, a service), so the job is queued again with p_message
-- in its step, after a pause of 1 s that doubles each time up to 30 s, and the attempt is not counted; "cancelled", the
-- job was asked to stop. p_reason is a constant word for p_message; empty where there is none. A job that was asked to stop is cancelled whatever p_how is. The step of a queued job says what it
-- waits for, or that it starts again, and it keeps the percentage that it had reached. Returns the job's new status, or
-- null if the job belongs to another attempt, or if p_how is "cancelled" and nobody asked the job to stop.
--
-- Called by JobStore.giveUp.
-- Locks: the job, then its attempt, then its event stream.
CREATE OR REPLACE FUNCTION packaging.give_up(p_tenant uuid, p_job uuid, p_epoch bigint, p_how text, p_message text,
    p_reason text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_is_free constant boolean := p_how IN ('returned', 'postponed');
    v_job record;
    v_status text;
BEGIN
    SELECT j.cancel_requested_at, j.failure_count, j.wait_count INTO v_job FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = p_tenant AND j.id = p_job AND j.epoch = p_epoch AND j.lease_until IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND OR (p_how = 'cancelled' AND v_job.cancel_requested_at IS NULL) THEN
        RETURN NULL;
    END IF;
    v_status := CASE
        WHEN v_job.cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN v_is_free THEN 'queued'
        WHEN p_how = 'retry' AND v_job.failure_count < 7 THEN 'queued'
        WHEN p_how IN ('failed', 'retry') THEN 'failed'
    END;
    PERFORM packaging.end_attempt(
        p_tenant, p_job, p_epoch,
        CASE WHEN v_status = 'cancelled' THEN 'cancelled' WHEN v_is_free THEN 'returned' ELSE 'failed' END,
        v_now
    );
    UPDATE packaging.packaging_jobs
    SET status = v_status,
        error_message = CASE
            WHEN v_status = 'cancelled' OR v_is_free THEN NULL
            WHEN v_status = 'failed' AND p_how = 'retry' THEN p_message || ' (the last of 8 attempts)'
            ELSE p_message
        END,
        error_reason = CASE WHEN v_status <> 'cancelled' AND NOT v_is_free THEN NULLIF(p_reason, '') END,
        current_step = CASE
            WHEN v_status <> 'queued' THEN ''
            WHEN p_how = 'postponed' THEN 'waiting: ' || p_message
            WHEN p_how = 'retry' THEN 'waiting to try again: ' || p_message
            ELSE 'starting again: the daemon that ran the job stopped'
        END,
        estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL,
        epoch = CASE WHEN v_status <> 'queued' THEN epoch END,
        completed_at = CASE WHEN v_status <> 'queued' THEN v_now END,
        attempt = attempt - CASE WHEN v_is_free AND v_status = 'queued' THEN 1 ELSE 0 END,
        failure_count = failure_count + CASE WHEN p_how = 'retry' THEN 1 ELSE 0 END,
        wait_count = CASE WHEN p_how = 'postponed' THEN wait_count + 1 ELSE 0 END,
        run_at = v_now + CASE p_how
            WHEN 'retry' THEN packaging.backoff(v_job.failure_count)
            WHEN 'postponed' THEN LEAST(interval '1 second' * power(2, LEAST(v_job.wait_count, 5)), interval '30 seconds')
            ELSE interval '0'
        END
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN v_status;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.give_up FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.give_up TO packaging_app;
