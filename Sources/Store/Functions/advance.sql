-- Moves a running job on to its next status and renews its lease. Returns the number of the job's last event, or null if
-- the job belongs to another attempt. Refuses a status that is not a running one. A status that comes before the job's
-- present one only renews the lease: a heartbeat, which carries the status too, has overtaken it.
--
-- Called by JobStore.advance.
-- Locks: the job, then its event stream.
CREATE OR REPLACE FUNCTION packaging.advance(
    p_tenant uuid, p_job uuid, p_epoch bigint, p_status text, p_percent integer, p_step text, p_remaining_ms bigint
) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_status text;
BEGIN
    SELECT status INTO v_status FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND id = p_job AND epoch = p_epoch AND lease_until IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF packaging.running_status_rank(p_status) IS NULL THEN
        RAISE EXCEPTION 'cannot take a job from "%" to "%"', v_status, p_status
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE packaging.packaging_jobs SET lease_until = GREATEST(lease_until, v_now + packaging.lease())
    WHERE tenant_id = p_tenant AND id = p_job;
    IF packaging.running_status_rank(p_status) >= packaging.running_status_rank(v_status) THEN
        UPDATE packaging.packaging_jobs
        SET status = p_status, progress_percent = GREATEST(progress_percent, p_percent), current_step = p_step,
            progressed_at = v_now, estimated_completion_at = v_now + p_remaining_ms * interval '1 millisecond'
        WHERE tenant_id = p_tenant AND id = p_job;
        PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    END IF;
    RETURN (SELECT last_sequence FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND id = p_job);
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.advance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.advance TO packaging_app;
