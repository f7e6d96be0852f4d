-- Deleting a project with all its bytes, and what that has to look up: which jobs name a package, and which projects have
-- ever used which audio.

-- With each package, the jobs that name it lose its name.
CREATE INDEX packaging_jobs_package ON packaging.packaging_jobs (tenant_id, package_id) WHERE package_id IS NOT NULL;

-- A segment that is given other audio leaves the old one cached, so that it is not paid for again if the words come back.
-- Without this record nobody would know whose it was when the project is deleted, and its bytes would stay for ever.

CREATE TABLE packaging.audio_uses (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    PRIMARY KEY (tenant_id, project_id, sha256),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, sha256) REFERENCES packaging.audio_cache (tenant_id, sha256)
);
CREATE INDEX audio_uses_audio ON packaging.audio_uses (tenant_id, sha256);
-- Of all tenants: the owner is bound by row level security as everybody, unless it says otherwise.
ALTER TABLE packaging.audio_segment_metadata NO FORCE ROW LEVEL SECURITY;
INSERT INTO packaging.audio_uses (tenant_id, project_id, sha256)
SELECT DISTINCT tenant_id, project_id, sha256 FROM packaging.audio_segment_metadata;
ALTER TABLE packaging.audio_segment_metadata FORCE ROW LEVEL SECURITY;
CALL packaging.isolate('packaging.audio_uses');
GRANT SELECT, INSERT, DELETE ON packaging.audio_uses TO packaging_app;

CREATE FUNCTION packaging.record_audio_use() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO packaging.audio_uses (tenant_id, project_id, sha256)
    SELECT DISTINCT tenant_id, project_id, sha256 FROM given
    ON CONFLICT (tenant_id, project_id, sha256) DO NOTHING;
    RETURN NULL;
END
$$;
-- Once for all rows of a statement: an import gives audio to thousands of segments.
CREATE TRIGGER record_audio_use_inserted AFTER INSERT ON packaging.audio_segment_metadata
    REFERENCING NEW TABLE AS given
    FOR EACH STATEMENT EXECUTE FUNCTION packaging.record_audio_use();
CREATE TRIGGER record_audio_use_updated AFTER UPDATE ON packaging.audio_segment_metadata
    REFERENCING NEW TABLE AS given
    FOR EACH STATEMENT EXECUTE FUNCTION packaging.record_audio_use();

-- Deletes a project with all that belongs to it: packages, jobs and their story, chapters, segments, its cover, and
-- cached audio that no other project has used. Outcomes: deleted; not_found; live_jobs, with those that are not done.
--
-- After tenant_usage, batches, jobs and objects it locks the project and then audio, as imports do.
CREATE FUNCTION packaging.delete_project(p_tenant uuid, p_project uuid)
RETURNS TABLE (outcome text, live_jobs uuid[], live_platforms text[], packages_deleted integer, bytes_freed bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_live uuid[];
    v_platforms text[];
    v_audio bytea[];
    v_project packaging.projects;
    v_packages integer;
    v_freed bigint;
    v_more bigint;
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    -- Asked before a job is locked: whoever works on a living one, as a claim does, locks it first and then shares its
    -- batch. None comes to life after this, because that takes the lock on tenant_usage.
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
    -- The rows that name what dead tries may have left, or may leave yet, go with the jobs.
    INSERT INTO packaging.blob_removals (tenant_id, blob_container, blob_path, created_at, due_at, looks_left)
    SELECT a.tenant_id, a.blob_container, a.blob_path, packaging.now(),
        a.ended_at + CASE a.sweeps WHEN 0 THEN interval '15 minutes' ELSE interval '24 hours' END, 2 - a.sweeps
    FROM packaging.job_attempts AS a
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = a.tenant_id AND j.id = a.job_id
    WHERE j.tenant_id = p_tenant AND j.project_id = p_project AND a.outcome NOT IN ('open', 'committed')
        AND a.sweeps < 2;
    -- The answers to requests name batches, and no longer hold.
    DELETE FROM packaging.requests
    WHERE tenant_id = p_tenant AND kind = 'create_batch' AND result ->> 'batch' IN (
        SELECT id::text FROM packaging.batches WHERE tenant_id = p_tenant AND project_id = p_project
    );

    SELECT * INTO v_project FROM packaging.projects WHERE tenant_id = p_tenant AND id = p_project FOR UPDATE;
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

REVOKE EXECUTE ON FUNCTION packaging.record_audio_use(), packaging.delete_project(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.delete_project(uuid, uuid) TO packaging_app;
