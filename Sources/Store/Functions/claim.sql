-- Claims due jobs of one batch, at most p_limit, for the tenant that has waited longest and is below its cap. All jobs
-- of the batch go to one daemon where possible, so that chapters are encoded once for all its platforms. Returns the
-- claims in the order of platforms, with the length of each lease. Returns no rows if no tenant below its cap has a due
-- job, or if another daemon claims at this moment for the only such tenant.
--
-- Called by JobStore.claim. Runs as the scheduler, because it looks across tenants.
-- Locks: tenant_sched of the tenant, then the jobs, then their event streams. It skips what others have locked and
-- waits for nobody but for the streams.
CREATE OR REPLACE FUNCTION packaging.claim(p_owner uuid, p_limit integer)
RETURNS TABLE (tenant_id uuid, project_id uuid, batch_id uuid, job_id uuid, platform_id text, epoch bigint,
    attempt integer, lease_seconds integer, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_lease constant interval := packaging.lease();
    v_tenant uuid;
    v_passed uuid[] := '{}';
    v_batch uuid;
    v_room integer;
    v_jobs uuid[];
BEGIN
    IF p_limit < 1 THEN
        RETURN;
    END IF;
    LOOP
        SELECT s.tenant_id INTO v_tenant
        FROM packaging.tenant_sched AS s
            JOIN packaging.tenants AS t ON t.id = s.tenant_id
        WHERE s.tenant_id <> ALL (v_passed)
            AND EXISTS (
                SELECT FROM packaging.packaging_jobs AS j
                WHERE j.tenant_id = s.tenant_id AND j.status = 'queued' AND j.run_at <= v_now
            )
            AND t.running_cap > (
                SELECT count(*) FROM packaging.packaging_jobs AS j
                WHERE j.tenant_id = s.tenant_id AND j.lease_until IS NOT NULL
            )
        ORDER BY s.last_epoch, s.tenant_id
        LIMIT 1
        FOR UPDATE OF s SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN;
        END IF;

        -- The cap is checked again under the lock, because the statement above may have read before another claim
        -- ended.
        SELECT LEAST(p_limit, t.running_cap - (
            SELECT count(*) FROM packaging.packaging_jobs AS j
            WHERE j.tenant_id = v_tenant AND j.lease_until IS NOT NULL
        )) INTO v_room
        FROM packaging.tenants AS t WHERE t.id = v_tenant;
        IF v_room > 0 THEN
            SELECT j.batch_id INTO v_batch
            FROM packaging.packaging_jobs AS j
            WHERE j.tenant_id = v_tenant AND j.status = 'queued' AND j.run_at <= v_now
            ORDER BY j.run_at, j.id
            LIMIT 1
            FOR UPDATE SKIP LOCKED;
            IF FOUND THEN
                SELECT array_agg(free.id) INTO v_jobs
                FROM (
                    SELECT j.id FROM packaging.packaging_jobs AS j
                    WHERE j.tenant_id = v_tenant AND j.batch_id = v_batch
                        AND j.status = 'queued' AND j.run_at <= v_now
                    ORDER BY packaging.platform_rank(j.platform_id)
                    LIMIT v_room
                    FOR UPDATE SKIP LOCKED
                ) AS free;
                EXIT WHEN v_jobs IS NOT NULL;
            END IF;
        END IF;
        v_passed := v_passed || v_tenant;
    END LOOP;

    UPDATE packaging.packaging_jobs AS j
    SET status = 'downloading_audio', error_message = NULL, error_reason = NULL,
        -- What an earlier attempt had reached stays, until this one overtakes it.
        current_step = CASE WHEN j.progress_percent > 0 THEN 'starting again' ELSE '' END,
        started_at = COALESCE(j.started_at, v_now), estimated_completion_at = NULL, progressed_at = NULL,
        epoch = nextval('packaging.epochs'), owner_id = p_owner, lease_until = v_now + v_lease,
        attempt = j.attempt + 1
    WHERE j.tenant_id = v_tenant AND j.id = ANY (v_jobs);

    INSERT INTO packaging.job_attempts
        (tenant_id, job_id, epoch, attempt, owner_id, blob_container, blob_path, started_at)
    SELECT j.tenant_id, j.id, j.epoch, j.attempt, p_owner, packaging.temp_container(j.tenant_id),
        format('packages/%s/%s/%s/%s', j.tenant_id, j.project_id, j.id, j.epoch), v_now
    FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = v_tenant AND j.id = ANY (v_jobs);

    UPDATE packaging.tenant_sched AS s SET last_epoch = nextval('packaging.epochs') WHERE s.tenant_id = v_tenant;
    PERFORM packaging.append_events(array_fill(v_tenant, ARRAY[cardinality(v_jobs)]), v_jobs, v_now);

    RETURN QUERY
    SELECT j.tenant_id, j.project_id, j.batch_id, j.id, j.platform_id, j.epoch, j.attempt,
        EXTRACT(EPOCH FROM v_lease)::integer, a.blob_container, a.blob_path
    FROM packaging.packaging_jobs AS j
        JOIN packaging.job_attempts AS a ON a.tenant_id = j.tenant_id AND a.job_id = j.id AND a.epoch = j.epoch
    WHERE j.tenant_id = v_tenant AND j.id = ANY (v_jobs)
    ORDER BY packaging.platform_rank(j.platform_id);
END
$$;

ALTER FUNCTION packaging.claim OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.claim FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.claim TO packaging_app;
