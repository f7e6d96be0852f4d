-- Writes the present state of jobs, as their rows have it, as the next events of their projects.
--
-- Called by every function that changes the status or the progress of a job, after the change and in its transaction.
-- The caller has locked the jobs.
-- Locks: the event streams in the order of (tenant, project), until the transaction ends. So an event's number is never
-- seen before a smaller one, and numbers have no gaps. Streams come last in the order of locks.
--
-- No function sends NOTIFY, because in the whole cluster only one transaction that sends it can commit at a time. The
-- daemon sends it afterwards.
CREATE OR REPLACE FUNCTION packaging.append_events(p_tenants uuid[], p_jobs uuid[], p_now timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_job record;
    v_seq bigint;
BEGIN
    FOR v_job IN
        SELECT j.tenant_id, j.id, j.project_id, j.batch_id, j.platform_id, j.status, j.progress_percent,
            j.current_step, j.error_message, j.error_reason, j.package_id, j.estimated_completion_at, j.attempt
        FROM unnest(p_tenants, p_jobs) AS u (tenant_id, job_id)
            JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
        ORDER BY j.tenant_id, j.project_id, packaging.platform_rank(j.platform_id), j.id
    LOOP
        UPDATE packaging.event_streams SET last_seq = last_seq + 1
        WHERE tenant_id = v_job.tenant_id AND project_id = v_job.project_id
        RETURNING last_seq INTO STRICT v_seq;
        INSERT INTO packaging.job_events (
            tenant_id, project_id, seq, job_id, batch_id, platform_id, status, progress_percent, current_step,
            error_message, error_reason, package_id, at, estimated_completion_at, attempt
        )
        VALUES (
            v_job.tenant_id, v_job.project_id, v_seq, v_job.id, v_job.batch_id, v_job.platform_id, v_job.status,
            v_job.progress_percent, v_job.current_step, v_job.error_message, v_job.error_reason, v_job.package_id,
            p_now, v_job.estimated_completion_at, v_job.attempt
        );
        UPDATE packaging.packaging_jobs SET last_sequence = v_seq, has_events = true
        WHERE tenant_id = v_job.tenant_id AND id = v_job.id;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.append_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.append_events TO packaging_app, packaging_scheduler;
