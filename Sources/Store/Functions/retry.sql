-- Queues a failed or a cancelled job again, from the beginning; its earlier attempts are kept, and the plan of its batch
-- holds. It is no new job, so it does not count among the jobs of the hour. Outcomes: queued; not_found; not_ended;
-- completed; live, with the other job that makes the same package now.
--
-- Called by JobStore.retry.
-- Locks: tenant_usage, so that no other live job appears meanwhile, then the job, then its event stream.
CREATE OR REPLACE FUNCTION packaging.retry(p_tenant uuid, p_job uuid)
RETURNS TABLE (outcome text, live_job_id uuid)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_job record;
    v_live uuid;
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    SELECT j.project_id, j.platform_id, j.status INTO v_job FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = p_tenant AND j.id = p_job
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'not_found', NULL::uuid;
        RETURN;
    ELSIF v_job.status NOT IN ('failed', 'cancelled') THEN
        RETURN QUERY SELECT CASE v_job.status WHEN 'completed' THEN 'completed' ELSE 'not_ended' END, NULL::uuid;
        RETURN;
    END IF;
    SELECT id INTO v_live FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND project_id = v_job.project_id AND platform_id = v_job.platform_id
        AND completed_at IS NULL;
    IF FOUND THEN
        RETURN QUERY SELECT 'live', v_live;
        RETURN;
    END IF;
    UPDATE packaging.packaging_jobs
    SET status = 'queued', progress_percent = 0, current_step = '', error_message = NULL,
        error_reason = NULL, completed_at = NULL, epoch = NULL, crash_count = 0, failure_count = 0, wait_count = 0,
        run_at = v_now, cancel_requested_at = NULL
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN QUERY SELECT 'queued', NULL::uuid;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.retry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.retry TO packaging_app;
