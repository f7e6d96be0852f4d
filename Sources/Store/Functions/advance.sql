-- Moves a running job on to its next status and renews its lease. Returns the event's number, or null if the job
-- belongs to another attempt. Refuses a status that is not a running one, or that comes before the job's present
-- status.
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
    IF packaging.running_status_rank(p_status) IS NULL
        OR packaging.running_status_rank(p_status) < packaging.running_status_rank(v_status)
    THEN
        RAISE EXCEPTION 'cannot take a job from "%" to "%"', v_status, p_status
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE packaging.packaging_jobs
    SET status = p_status, progress_percent = GREATEST(progress_percent, p_percent), current_step = p_step,
        progressed_at = v_now, estimated_completion_at = v_now + p_remaining_ms * interval '1 millisecond',
        lease_until = GREATEST(lease_until, v_now + packaging.lease())
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN (SELECT last_sequence FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND id = p_job);
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.advance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.advance TO packaging_app;
