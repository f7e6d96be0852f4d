-- Ends an attempt with an existing package: attempt, job and event are all written, or none of them.
--
-- Outcomes: finished (also if this attempt finished before and its daemon did not get the answer); not_yours;
-- cancelled, the job was asked to stop first; gone, the package is deleted or has expired, or belongs to another
-- project or platform.
--
-- Called by JobStore.finish(_:with:).
-- Locks: tenant_usage, then the job, then the package and its object, then current_packages, then the event stream.
CREATE OR REPLACE FUNCTION packaging.finish_with(p_tenant uuid, p_job uuid, p_epoch bigint, p_package uuid)
RETURNS TABLE (outcome text, package_id uuid, version_number integer)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_job record;
    v_version integer;
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    SELECT j.project_id, j.platform_id, j.status, j.package_id, j.lease_until, j.cancel_requested_at INTO v_job
    FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = p_tenant AND j.id = p_job AND j.epoch = p_epoch
    FOR UPDATE;
    IF v_job.status = 'completed' THEN
        RETURN QUERY
        SELECT 'finished', p.id, p.version_number FROM packaging.packages AS p
        WHERE p.tenant_id = p_tenant AND p.id = v_job.package_id;
        RETURN;
    ELSIF v_job.lease_until IS NULL THEN
        RETURN QUERY SELECT 'not_yours', NULL::uuid, NULL::integer;
        RETURN;
    ELSIF v_job.cancel_requested_at IS NOT NULL THEN
        RETURN QUERY SELECT 'cancelled', NULL::uuid, NULL::integer;
        RETURN;
    END IF;

    SELECT p.version_number INTO v_version FROM packaging.packages AS p
    WHERE p.tenant_id = p_tenant AND p.project_id = v_job.project_id AND p.platform_id = v_job.platform_id
        AND p.id = p_package AND packaging.hold_package(p_tenant, p.id, v_now);
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'gone', NULL::uuid, NULL::integer;
        RETURN;
    END IF;
    PERFORM packaging.end_attempt(p_tenant, p_job, p_epoch, 'shared', v_now);
    UPDATE packaging.packaging_jobs
    SET status = 'completed', progress_percent = 100, current_step = '', package_id = p_package, reuses_package = true,
        completed_at = v_now, estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.set_current_packages(p_tenant, ARRAY[p_job]);
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN QUERY SELECT 'finished', p_package, v_version;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.finish_with FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.finish_with TO packaging_app;
