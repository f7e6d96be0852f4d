-- Deletes a project with everything that belongs to it: packages, jobs and their events, chapters, segments, its cover,
-- and cached audio that no other project has used. Outcomes: deleted; not_found; live_jobs, with the jobs that are not
-- done.
--
-- Called by ProjectStore.delete.
-- Locks: tenant_usage, then batches, jobs and objects as delete_packages does, then the project, and after it, as
-- imports do, audio, here in the order of its hashes.
CREATE OR REPLACE FUNCTION packaging.delete_project(p_tenant uuid, p_project uuid)
RETURNS TABLE (outcome text, live_jobs uuid[], live_platforms text[], packages_deleted integer, bytes_freed bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_live uuid[];
    v_platforms text[];
    v_audio bytea[];
    v_project record;
    v_packages integer;
    v_freed bigint;
    v_more bigint;
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    -- This is checked before a job is locked, because a transaction that works on a live job, such as a claim, locks
    -- the job first and then takes a share lock on its batch. No new live job appears after this, because that takes
    -- the lock on tenant_usage.
    SELECT array_agg(id ORDER BY packaging.platform_rank(platform_id)),
        array_agg(platform_id ORDER BY packaging.platform_rank(platform_id))
    INTO v_live, v_platforms
    FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND project_id = p_project AND completed_at IS NULL;
    IF v_live IS NOT NULL THEN
        RETURN QUERY SELECT 'live_jobs', v_live, v_platforms, 0, 0::bigint;
        RETURN;
    END IF;
    PERFORM FROM packaging.batches WHERE tenant_id = p_tenant AND project_id = p_project ORDER BY id FOR UPDATE;
    PERFORM FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND project_id = p_project ORDER BY id FOR UPDATE;

    SELECT d.deleted, d.bytes_freed INTO v_packages, v_freed
    FROM packaging.delete_packages(
        p_tenant, ARRAY(SELECT id FROM packaging.packages WHERE tenant_id = p_tenant AND project_id = p_project)
    ) AS d;
    -- The rows of attempts are deleted with the jobs. They name the locations where dead attempts may have left bytes,
    -- or may yet leave some, so these locations are noted for removal here.
    INSERT INTO packaging.blob_removals (tenant_id, blob_container, blob_path, created_at, due_at, looks_left)
    SELECT a.tenant_id, a.blob_container, a.blob_path, packaging.now(),
        a.ended_at + CASE a.sweeps WHEN 0 THEN interval '15 minutes' ELSE interval '24 hours' END, 2 - a.sweeps
    FROM packaging.job_attempts AS a
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = a.tenant_id AND j.id = a.job_id
    WHERE j.tenant_id = p_tenant AND j.project_id = p_project AND a.outcome NOT IN ('open', 'committed')
        AND a.sweeps < 2;
    -- The stored answers to requests name batches that are deleted here, so they are deleted too.
    DELETE FROM packaging.requests
    WHERE tenant_id = p_tenant AND kind = 'create_batch' AND result ->> 'batch' IN (
        SELECT id::text FROM packaging.batches WHERE tenant_id = p_tenant AND project_id = p_project
    );

    SELECT p.cover_sha256, p.cover_size_bytes INTO v_project FROM packaging.projects AS p
    WHERE p.tenant_id = p_tenant AND p.id = p_project
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'not_found', NULL::uuid[], NULL::text[], 0, 0::bigint;
        RETURN;
    END IF;
    SELECT array_agg(locked.sha256) INTO v_audio
    FROM (
        SELECT sha256 FROM packaging.audio_cache
        WHERE tenant_id = p_tenant AND sha256 IN (
            SELECT sha256 FROM packaging.audio_uses WHERE tenant_id = p_tenant AND project_id = p_project
        )
        ORDER BY sha256
        FOR UPDATE
    ) AS locked;
    DELETE FROM packaging.projects WHERE tenant_id = p_tenant AND id = p_project;
    IF v_project.cover_size_bytes IS NOT NULL AND NOT EXISTS (
        SELECT FROM packaging.projects
        WHERE tenant_id = p_tenant AND cover_sha256 = v_project.cover_sha256 AND cover_format IS NOT NULL
    ) THEN
        v_freed := v_freed + v_project.cover_size_bytes;
    END IF;
    WITH gone AS (
        DELETE FROM packaging.audio_cache AS c
        WHERE c.tenant_id = p_tenant AND c.sha256 = ANY (v_audio)
            AND NOT EXISTS (
                SELECT FROM packaging.audio_uses AS u WHERE u.tenant_id = c.tenant_id AND u.sha256 = c.sha256
            )
        RETURNING c.size_bytes, c.blob_path = packaging.content_path('segments', c.sha256) AS is_ours
    )
    SELECT COALESCE(sum(size_bytes) FILTER (WHERE is_ours), 0) INTO v_more FROM gone;
    RETURN QUERY SELECT 'deleted', NULL::uuid[], NULL::text[], v_packages, v_freed + v_more;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.delete_project FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.delete_project TO packaging_app;
