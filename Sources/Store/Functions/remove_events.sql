-- Removes events of jobs of all tenants that ended more than keep_events_days ago, at most p_limit. Returns how many
-- were removed.
--
-- The events of a project go in the order of their numbers, up to the first event of a job that lives or has ended
-- since. So the events that are left are numbered without gaps, and a job that lives has all of its events. The row of
-- each job says up to which event its story is gone.
--
-- Called by HistoryStore.removeEvents. Runs as the scheduler, because it looks across tenants.
-- Locks: the ended jobs, skipping those that others have locked, then their events. It locks no event stream, so that no
-- claim and no new job waits for it.
CREATE OR REPLACE FUNCTION packaging.remove_events(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before constant timestamptz := packaging.now()
        - (SELECT q.keep_events_days FROM packaging.queue_settings AS q) * interval '24 hours';
    v_left integer := p_limit;
    -- The jobs that have the first event of their project. The lock of one keeps other removals from the project. It is a
    -- cursor, so that those that are passed by are looked at once, and those that are not needed not at all.
    v_projects CURSOR FOR
        SELECT j.tenant_id AS tenant, j.project_id AS id
        FROM packaging.packaging_jobs AS j
        WHERE j.completed_at < v_before AND j.has_events
            AND j.id = (
                SELECT e.job_id FROM packaging.job_events AS e
                WHERE e.tenant_id = j.tenant_id AND e.project_id = j.project_id
                ORDER BY e.seq
                LIMIT 1
            )
        ORDER BY j.completed_at
        FOR UPDATE OF j SKIP LOCKED;
    v_numbers bigint[];
    v_jobs uuid[];
    v_ended uuid[];
    v_stop bigint;
BEGIN
    FOR v_project IN v_projects LOOP
        SELECT array_agg(e.seq), array_agg(e.job_id) INTO v_numbers, v_jobs
        FROM (
            SELECT seq, job_id FROM packaging.job_events
            WHERE tenant_id = v_project.tenant AND project_id = v_project.id
            ORDER BY seq
            LIMIT v_left
        ) AS e;
        -- A retry may have come first, so the end of each job is looked at again under its lock.
        SELECT COALESCE(array_agg(locked.id), '{}') INTO v_ended
        FROM (
            SELECT j.id FROM packaging.packaging_jobs AS j
            WHERE j.tenant_id = v_project.tenant AND j.id IN (SELECT unnest(v_jobs)) AND j.completed_at < v_before
            ORDER BY j.id
            FOR UPDATE SKIP LOCKED
        ) AS locked;
        SELECT min(e.seq) INTO v_stop FROM unnest(v_numbers, v_jobs) AS e (seq, job_id)
        WHERE e.job_id <> ALL (v_ended);

        WITH removed AS (
            DELETE FROM packaging.job_events
            WHERE tenant_id = v_project.tenant AND project_id = v_project.id AND seq = ANY (v_numbers)
                AND (v_stop IS NULL OR seq < v_stop)
            RETURNING job_id, seq
        ), told AS (
            SELECT job_id, max(seq) AS last, count(*) AS events FROM removed GROUP BY job_id
        ), marked AS (
            UPDATE packaging.packaging_jobs AS j
            SET removed_sequence = told.last, has_events = told.last < j.last_sequence
            FROM told
            WHERE j.tenant_id = v_project.tenant AND j.id = told.job_id
        )
        SELECT v_left - COALESCE(sum(told.events), 0) INTO v_left FROM told;
        EXIT WHEN v_left <= 0;
    END LOOP;
    RETURN p_limit - v_left;
END
$$;

ALTER FUNCTION packaging.remove_events OWNER TO packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.remove_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.remove_events TO packaging_app;
