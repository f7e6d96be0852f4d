-- Ends an attempt with a package: object, package, version, quota, attempt, job and event are all written, or none of
-- them.
--
-- Outcomes: finished (also if this attempt finished before and its daemon did not get the answer); not_yours;
-- cancelled, the job was asked to stop first; quota_exceeded; object_gone, the object to share is being deleted.
-- Nothing was written unless the outcome is finished.
--
-- Called by JobStore.finish(_:_:).
-- Locks: tenant_usage, then the job, then the object to share, then package_versions and current_packages, then the
-- event stream.
CREATE OR REPLACE FUNCTION packaging.finish(p_tenant uuid, p_job uuid, p_epoch bigint, p_package jsonb)
RETURNS TABLE (outcome text, package_id uuid, version_number integer, used_bytes bigint, quota_bytes bigint)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_job record;
    v_attempt record;
    v_object record;
    v_size constant bigint := (p_package ->> 'size_bytes')::bigint;
    v_same_as constant uuid := (p_package ->> 'same_as_package_id')::uuid;
    v_root uuid;
    v_package constant uuid := gen_random_uuid();
    v_version integer;
    v_used bigint;
    v_quota bigint;
BEGIN
    SELECT u.package_bytes, t.quota_bytes INTO STRICT v_used, v_quota
    FROM packaging.tenant_usage AS u JOIN packaging.tenants AS t ON t.id = u.tenant_id
    WHERE u.tenant_id = p_tenant
    FOR NO KEY UPDATE OF u;
    SELECT j.project_id, j.platform_id, j.status, j.lease_until, j.cancel_requested_at, j.recipe_digest, j.created_by
    INTO v_job
    FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = p_tenant AND j.id = p_job AND j.epoch = p_epoch
    FOR UPDATE;
    IF v_job.status = 'completed' THEN
        RETURN QUERY
        SELECT 'finished', p.id, p.version_number, v_used, v_quota FROM packaging.packages AS p
        WHERE p.tenant_id = p_tenant AND p.job_id = p_job;
        RETURN;
    ELSIF v_job.lease_until IS NULL THEN
        RETURN QUERY SELECT 'not_yours', NULL::uuid, NULL::integer, v_used, v_quota;
        RETURN;
    ELSIF v_job.cancel_requested_at IS NOT NULL THEN
        RETURN QUERY SELECT 'cancelled', NULL::uuid, NULL::integer, v_used, v_quota;
        RETURN;
    END IF;
    SELECT a.blob_container, a.blob_path INTO STRICT v_attempt FROM packaging.job_attempts AS a
    WHERE a.tenant_id = p_tenant AND a.job_id = p_job AND a.epoch = p_epoch;

    IF v_same_as IS NULL THEN
        IF v_used + v_size > v_quota THEN
            RETURN QUERY SELECT 'quota_exceeded', NULL::uuid, NULL::integer, v_used, v_quota;
            RETURN;
        END IF;
        v_used := v_used + v_size;
        UPDATE packaging.tenant_usage SET package_bytes = v_used WHERE tenant_id = p_tenant;
        INSERT INTO packaging.objects (tenant_id, blob_container, blob_path, size_bytes, sha256, created_at)
        VALUES (p_tenant, v_attempt.blob_container, v_attempt.blob_path, v_size,
            decode(p_package ->> 'sha256', 'hex'), v_now)
        RETURNING id, blob_container, blob_path, size_bytes, sha256 INTO v_object;
    ELSE
        -- This lock keeps the object from being deleted before this package refers to it.
        SELECT o.id, o.blob_container, o.blob_path, o.size_bytes, o.sha256, o.state INTO v_object
        FROM packaging.packages AS p
            JOIN packaging.objects AS o ON o.tenant_id = p.tenant_id AND o.id = p.object_id
        WHERE p.tenant_id = p_tenant AND p.project_id = v_job.project_id AND p.id = v_same_as
        FOR NO KEY UPDATE OF o;
        IF v_object.state IS DISTINCT FROM 'live' THEN
            RETURN QUERY SELECT 'object_gone', NULL::uuid, NULL::integer, v_used, v_quota;
            RETURN;
        END IF;
        SELECT COALESCE(same_as_package_id, id) INTO v_root FROM packaging.packages
        WHERE tenant_id = p_tenant AND id = v_same_as;
    END IF;

    INSERT INTO packaging.package_versions AS v (tenant_id, project_id, platform_id, last_version)
    VALUES (p_tenant, v_job.project_id, v_job.platform_id, 1)
    ON CONFLICT (tenant_id, project_id, platform_id) DO UPDATE SET last_version = v.last_version + 1
    RETURNING last_version INTO v_version;

    INSERT INTO packaging.packages (
        tenant_id, id, project_id, job_id, platform_id, version_number, package_format, object_id, blob_container,
        blob_path, file_size_bytes, sha256, file_name, duration_samples, audio_spec, recipe_digest, is_validated,
        validation_results, same_as_package_id, expires_at, created_at, created_by
    )
    VALUES (
        p_tenant, v_package, v_job.project_id, p_job, v_job.platform_id, v_version, p_package ->> 'package_format',
        v_object.id, v_object.blob_container, v_object.blob_path, v_object.size_bytes, v_object.sha256,
        p_package ->> 'file_name', (p_package ->> 'duration_samples')::bigint, p_package -> 'audio_spec',
        v_job.recipe_digest, p_package ? 'validation_results', p_package -> 'validation_results', v_root,
        v_now + interval '24 hours', v_now, v_job.created_by
    );

    PERFORM packaging.end_attempt(
        p_tenant, p_job, p_epoch, CASE WHEN v_same_as IS NULL THEN 'committed' ELSE 'shared' END, v_now
    );
    UPDATE packaging.packaging_jobs
    SET status = 'completed', progress_percent = 100, current_step = '', package_id = v_package, completed_at = v_now,
        estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.set_current_packages(p_tenant, ARRAY[p_job]);
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN QUERY SELECT 'finished', v_package, v_version, v_used, v_quota;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.finish FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.finish TO packaging_app;
