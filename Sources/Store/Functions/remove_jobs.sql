-- Removes jobs of all tenants that ended more than keep_jobs_days ago and whose events are gone, with their attempts and
-- the batches that have no other job. At most p_limit rows of each kind; the numbers of removed rows are returned.
--
-- A job stays while the package that it made is there, because its batch has the package's plan, and while an attempt
-- of it names a location that is yet to be searched for bytes (packaging.orphans).
--
-- Called by HistoryStore.removeJobs. Runs as the scheduler, because it looks across tenants.
-- Locks: the batches and the jobs, skipping those that others have locked, then the attempts.
CREATE OR REPLACE FUNCTION packaging.remove_jobs(p_limit integer)
RETURNS TABLE (jobs integer, attempts integer, batches integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before constant timestamptz := packaging.now()
        - (SELECT q.keep_jobs_days FROM packaging.queue_settings AS q) * interval '24 hours';
    v_tenants uuid[];
    v_jobs uuid[];
    v_gone_tenants uuid[];
    v_gone_batches uuid[];
    v_gone_sequences bigint[];
BEGIN
    -- Of two transactions that remove the last two jobs of a batch, neither would see the batch empty. So the batch is
    -- locked, too; not so strongly that a new reference to it would wait.
    SELECT array_agg(x.tenant_id), array_agg(x.id) INTO v_tenants, v_jobs
    FROM (
        SELECT j.tenant_id, j.id
        FROM packaging.packaging_jobs AS j
            JOIN packaging.batches AS b ON b.tenant_id = j.tenant_id AND b.id = j.batch_id
        WHERE j.completed_at < v_before AND NOT j.has_events AND (j.package_id IS NULL OR j.reuses_package)
            AND NOT EXISTS (
                SELECT FROM packaging.job_attempts AS a
                WHERE a.tenant_id = j.tenant_id AND a.job_id = j.id
                    AND a.outcome NOT IN ('open', 'committed') AND a.sweeps < 2
            )
            AND NOT EXISTS (
                SELECT FROM packaging.packages AS p WHERE p.tenant_id = j.tenant_id AND p.job_id = j.id
            )
        ORDER BY j.completed_at
        LIMIT p_limit
        FOR NO KEY UPDATE OF b SKIP LOCKED
        FOR UPDATE OF j SKIP LOCKED
    ) AS x;

    -- A job may have more attempts than one step may remove. It goes when the last of them is gone.
    WITH removed AS (
        DELETE FROM packaging.job_attempts AS a
        USING (
            SELECT o.tenant_id, o.job_id, o.epoch
            FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
                JOIN packaging.job_attempts AS o ON o.tenant_id = u.tenant_id AND o.job_id = u.job_id
            LIMIT p_limit
        ) AS old
        WHERE a.tenant_id = old.tenant_id AND a.job_id = old.job_id AND a.epoch = old.epoch
        RETURNING a.epoch
    )
    SELECT count(*) INTO attempts FROM removed;
    WITH removed AS (
        DELETE FROM packaging.packaging_jobs AS j
        USING unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        WHERE j.tenant_id = u.tenant_id AND j.id = u.job_id
            AND NOT EXISTS (
                SELECT FROM packaging.job_attempts AS a WHERE a.tenant_id = j.tenant_id AND a.job_id = j.id
            )
        RETURNING j.tenant_id, j.batch_id, j.last_sequence
    )
    SELECT count(*), array_agg(tenant_id), array_agg(batch_id), array_agg(last_sequence)
    INTO jobs, v_gone_tenants, v_gone_batches, v_gone_sequences
    FROM removed;

    WITH removed AS (
        DELETE FROM packaging.batches AS b
        USING (
            SELECT DISTINCT u.tenant_id, u.batch_id
            FROM unnest(v_gone_tenants, v_gone_batches) AS u (tenant_id, batch_id)
        ) AS old
        WHERE b.tenant_id = old.tenant_id AND b.id = old.batch_id
            AND NOT EXISTS (
                SELECT FROM packaging.packaging_jobs AS j WHERE j.tenant_id = b.tenant_id AND j.batch_id = b.id
            )
        RETURNING b.id
    )
    SELECT count(*) INTO batches FROM removed;
    UPDATE packaging.batches AS b SET removed_sequence = GREATEST(b.removed_sequence, old.last)
    FROM (
        SELECT u.tenant_id, u.batch_id, max(u.last_sequence) AS last
        FROM unnest(v_gone_tenants, v_gone_batches, v_gone_sequences) AS u (tenant_id, batch_id, last_sequence)
        GROUP BY u.tenant_id, u.batch_id
    ) AS old
    WHERE b.tenant_id = old.tenant_id AND b.id = old.batch_id;
    RETURN NEXT;
END
$$;

ALTER FUNCTION packaging.remove_jobs OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.remove_jobs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.remove_jobs TO packaging_app;
