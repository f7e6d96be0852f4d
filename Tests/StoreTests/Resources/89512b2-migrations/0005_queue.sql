-- The queue. A job is claimed, beaten for, advanced and ended by these functions and by nothing else.
--
-- Whatever a try writes carries its epoch and is refused once the row has another: that is an answer, not an error.
-- Rows are locked in one order everywhere, so that no two functions wait for each other: tenant_sched or tenant_usage,
-- batch, jobs by (tenant, id), then objects and package_versions, and last the event streams by (tenant, project).
-- No function sends NOTIFY, which would make every commit of the cluster wait for every other.

-- How long a claim or a beat holds.
CREATE FUNCTION packaging.lease() RETURNS interval LANGUAGE sql IMMUTABLE AS $$SELECT interval '30 seconds'$$;

-- The container of a tenant's packages that are kept for 24 hours: what TenantContainers.temp in Blobs says.
CREATE FUNCTION packaging.temp_container(p_tenant uuid) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT 't-' || p_tenant || '-temp'$$;

-- How long a job waits after its nth failure, from 0.
CREATE FUNCTION packaging.backoff(p_failures integer) RETURNS interval
LANGUAGE sql IMMUTABLE
AS $$SELECT LEAST(interval '5 seconds' * power(2, LEAST(p_failures, 10)), interval '5 minutes')$$;

-- Where a platform stands in every list.
CREATE FUNCTION packaging.platform_rank(p_platform text) RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$SELECT array_position(ARRAY['apple', 'google', 'spotify', 'acx', 'kobo'], p_platform)$$;

-- Tells what the jobs' rows say now as the next events of their projects.
CREATE FUNCTION packaging.append_events(p_tenants uuid[], p_jobs uuid[], p_now timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_job packaging.packaging_jobs;
    v_seq bigint;
BEGIN
    FOR v_job IN
        SELECT j.* FROM unnest(p_tenants, p_jobs) AS u (tenant_id, job_id)
            JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
        ORDER BY j.tenant_id, j.project_id, packaging.platform_rank(j.platform_id), j.id
    LOOP
        UPDATE packaging.event_streams SET last_seq = last_seq + 1
        WHERE tenant_id = v_job.tenant_id AND project_id = v_job.project_id
        RETURNING last_seq INTO STRICT v_seq;
        INSERT INTO packaging.job_events (
            tenant_id, project_id, seq, job_id, batch_id, platform_id, status, progress_percent, current_step,
            error_message, package_id, at, estimated_completion_at, attempt
        )
        VALUES (
            v_job.tenant_id, v_job.project_id, v_seq, v_job.id, v_job.batch_id, v_job.platform_id, v_job.status,
            v_job.progress_percent, v_job.current_step, v_job.error_message, v_job.package_id, p_now,
            v_job.estimated_completion_at, v_job.attempt
        );
        UPDATE packaging.packaging_jobs SET last_sequence = v_seq
        WHERE tenant_id = v_job.tenant_id AND id = v_job.id;
    END LOOP;
END
$$;

-- Ends the try of a job that the caller has locked. What becomes of the job is the caller's to write first.
CREATE FUNCTION packaging.end_attempt(
    p_tenant uuid, p_job uuid, p_epoch bigint, p_outcome text, p_now timestamptz
) RETURNS void
LANGUAGE sql
AS $$
    UPDATE packaging.job_attempts SET outcome = p_outcome, ended_at = p_now
    WHERE tenant_id = p_tenant AND job_id = p_job AND epoch = p_epoch AND outcome = 'open'
$$;

-- Claims due jobs of one batch for the tenant that has waited longest, up to its cap. The whole batch goes to one
-- daemon where it can, so that chapters are encoded once for all its platforms.
CREATE FUNCTION packaging.claim(p_owner uuid, p_limit integer)
RETURNS TABLE (tenant_id uuid, project_id uuid, batch_id uuid, job_id uuid, platform_id text, epoch bigint,
    attempt integer, lease_until timestamptz, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
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

        -- Asked again under the lock: the statement above may have looked before another claim ended.
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
    SET status = 'downloading_audio', progress_percent = 0, current_step = '', error_message = NULL,
        started_at = COALESCE(j.started_at, v_now), estimated_completion_at = NULL, progressed_at = NULL,
        epoch = nextval('packaging.epochs'), owner_id = p_owner, lease_until = v_now + packaging.lease(),
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
    SELECT j.tenant_id, j.project_id, j.batch_id, j.id, j.platform_id, j.epoch, j.attempt, j.lease_until,
        a.blob_container, a.blob_path
    FROM packaging.packaging_jobs AS j
        JOIN packaging.job_attempts AS a ON a.tenant_id = j.tenant_id AND a.job_id = j.id AND a.epoch = j.epoch
    WHERE j.tenant_id = v_tenant AND j.id = ANY (v_jobs)
    ORDER BY packaging.platform_rank(j.platform_id);
END
$$;

-- Renews the leases of all jobs of a daemon, tells their progress, and answers which are still its own and which of
-- these are asked to stop. A job whose row and answer are missing belongs to another try.
--
-- Progress is an event when the whole percent or the step changed, at most once a second for each job. Between two
-- events the row says what the last event said.
CREATE FUNCTION packaging.beat(p_beats jsonb)
RETURNS TABLE (tenant_id uuid, project_id uuid, job_id uuid, epoch bigint, cancel_requested boolean, told boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_tenants uuid[];
    v_jobs uuid[];
BEGIN
    PERFORM FROM jsonb_to_recordset(p_beats) AS b (tenant uuid, job uuid, epoch bigint)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch
    WHERE j.lease_until IS NOT NULL
    ORDER BY j.tenant_id, j.id
    FOR UPDATE OF j;

    WITH told AS (
        UPDATE packaging.packaging_jobs AS j
        SET progress_percent = b.percent, current_step = b.step, progressed_at = v_now,
            estimated_completion_at = v_now + b.remaining_ms * interval '1 millisecond'
        FROM jsonb_to_recordset(p_beats) AS b
            (tenant uuid, job uuid, epoch bigint, percent integer, step text, remaining_ms bigint)
        WHERE j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch AND j.lease_until IS NOT NULL
            AND j.cancel_requested_at IS NULL
            AND (j.progress_percent < b.percent OR (j.progress_percent = b.percent AND j.current_step <> b.step))
            AND (j.progressed_at IS NULL OR j.progressed_at <= v_now - interval '1 second')
        RETURNING j.tenant_id, j.id
    )
    SELECT array_agg(told.tenant_id), array_agg(told.id) INTO v_tenants, v_jobs FROM told;

    UPDATE packaging.packaging_jobs AS j SET lease_until = v_now + packaging.lease()
    FROM jsonb_to_recordset(p_beats) AS b (tenant uuid, job uuid, epoch bigint)
    WHERE j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch AND j.lease_until IS NOT NULL;

    PERFORM packaging.append_events(v_tenants, v_jobs, v_now);

    RETURN QUERY
    SELECT j.tenant_id, j.project_id, j.id, j.epoch, j.cancel_requested_at IS NOT NULL,
        COALESCE(j.id = ANY (v_jobs), false)
    FROM jsonb_to_recordset(p_beats) AS b (tenant uuid, job uuid, epoch bigint)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = b.tenant AND j.id = b.job AND j.epoch = b.epoch
    WHERE j.lease_until IS NOT NULL;
END
$$;

-- Takes back jobs whose lease ran out: their daemon is dead or cut off. A job that was asked to stop is cancelled, one
-- that has lost four daemons is failed, the others wait and are queued again.
CREATE FUNCTION packaging.sweep(p_limit integer)
RETURNS TABLE (tenant_id uuid, project_id uuid, job_id uuid, status text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_tenants uuid[];
    v_jobs uuid[];
BEGIN
    SELECT array_agg(x.tenant_id), array_agg(x.id) INTO v_tenants, v_jobs
    FROM (
        SELECT j.tenant_id, j.id FROM packaging.packaging_jobs AS j
        WHERE j.lease_until < v_now
        ORDER BY j.lease_until
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) AS x;
    IF v_jobs IS NULL THEN
        RETURN;
    END IF;

    UPDATE packaging.job_attempts AS a SET outcome = 'lost', ended_at = v_now
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
    WHERE a.tenant_id = j.tenant_id AND a.job_id = j.id AND a.epoch = j.epoch AND a.outcome = 'open'
        AND j.lease_until < v_now;

    UPDATE packaging.packaging_jobs AS j
    SET status = CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN j.crash_count >= 3 THEN 'failed' ELSE 'queued' END,
        error_message = CASE WHEN j.cancel_requested_at IS NULL AND j.crash_count >= 3
            THEN 'the daemon that ran the job was lost 4 times' END,
        completed_at = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crash_count >= 3 THEN v_now END,
        epoch = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crash_count >= 3 THEN j.epoch END,
        progress_percent = CASE WHEN j.cancel_requested_at IS NOT NULL OR j.crash_count >= 3
            THEN j.progress_percent ELSE 0 END,
        current_step = '', estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL,
        crash_count = j.crash_count + 1, run_at = v_now + packaging.backoff(j.crash_count)
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
    WHERE j.tenant_id = u.tenant_id AND j.id = u.job_id AND j.lease_until < v_now;

    PERFORM packaging.append_events(v_tenants, v_jobs, v_now);

    RETURN QUERY
    SELECT j.tenant_id, j.project_id, j.id, j.status
    FROM unnest(v_tenants, v_jobs) AS u (tenant_id, job_id)
        JOIN packaging.packaging_jobs AS j ON j.tenant_id = u.tenant_id AND j.id = u.job_id;
END
$$;

-- Moves a running job on to its next status. Answers the event's number, or null if the try is not the job's.
CREATE FUNCTION packaging.advance(
    p_tenant uuid, p_job uuid, p_epoch bigint, p_status text, p_percent integer, p_step text, p_remaining_ms bigint
) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_order constant text[] := ARRAY['downloading_audio', 'generating_audio', 'processing', 'uploading'];
    v_status text;
BEGIN
    SELECT status INTO v_status FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND id = p_job AND epoch = p_epoch AND lease_until IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF array_position(v_order, p_status) IS NULL
        OR array_position(v_order, p_status) < array_position(v_order, v_status)
    THEN
        RAISE EXCEPTION 'cannot take a job from "%" to "%"', v_status, p_status
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE packaging.packaging_jobs
    SET status = p_status, progress_percent = GREATEST(progress_percent, p_percent), current_step = p_step,
        progressed_at = v_now, estimated_completion_at = v_now + p_remaining_ms * interval '1 millisecond',
        lease_until = v_now + packaging.lease()
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN (SELECT last_sequence FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND id = p_job);
END
$$;

-- Fixes what a batch builds, and the recipes of its jobs. The first plan wins; the answer is the one that holds, or
-- null if the try is not the job's.
CREATE FUNCTION packaging.freeze_plan(
    p_tenant uuid, p_batch uuid, p_job uuid, p_epoch bigint, p_plan jsonb, p_recipes jsonb
) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    v_plan jsonb;
BEGIN
    SELECT final_plan INTO v_plan FROM packaging.batches WHERE tenant_id = p_tenant AND id = p_batch FOR NO KEY UPDATE;
    PERFORM FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND batch_id = p_batch ORDER BY id FOR UPDATE;
    PERFORM FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND batch_id = p_batch AND id = p_job AND epoch = p_epoch AND lease_until IS NOT NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF v_plan IS NULL THEN
        UPDATE packaging.batches SET final_plan = p_plan, frozen_at = packaging.now()
        WHERE tenant_id = p_tenant AND id = p_batch;
        UPDATE packaging.packaging_jobs SET recipe_digest = decode(p_recipes ->> platform_id, 'hex')
        WHERE tenant_id = p_tenant AND batch_id = p_batch AND p_recipes ? platform_id;
        v_plan := p_plan;
    END IF;
    RETURN v_plan;
END
$$;

-- Ends a try with a package: object, package, version, quota, attempt, job and event, or none of them.
--
-- Outcomes: finished (also when this try finished before and its daemon did not hear of it); not_yours; cancelled, the
-- job was asked to stop first; quota_exceeded, nothing was written; object_gone, the object to share is being deleted.
CREATE FUNCTION packaging.finish(p_tenant uuid, p_job uuid, p_epoch bigint, p_package jsonb)
RETURNS TABLE (outcome text, package_id uuid, version_number integer, used_bytes bigint, quota_bytes bigint)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_job packaging.packaging_jobs;
    v_attempt packaging.job_attempts;
    v_object packaging.objects;
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
    SELECT * INTO v_job FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND id = p_job AND epoch = p_epoch
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
    SELECT * INTO STRICT v_attempt FROM packaging.job_attempts
    WHERE tenant_id = p_tenant AND job_id = p_job AND epoch = p_epoch;

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
        RETURNING * INTO v_object;
    ELSE
        -- The lock keeps the object from being deleted until this package refers to it.
        SELECT o.* INTO v_object
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
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN QUERY SELECT 'finished', v_package, v_version, v_used, v_quota;
END
$$;

-- Ends a try without a package.
--
-- p_how: "failed", it cannot be made; "retry", it failed and may succeed later: after the eighth time the job is
-- failed; "returned", the daemon stops: queued again at once, and the attempt does not count; "cancelled", it was asked
-- to stop. A job that was asked to stop is cancelled whichever it is. The answer is the job's new status, or null if
-- the try is not the job's, or if nobody asked a "cancelled" one to stop.
CREATE FUNCTION packaging.give_up(p_tenant uuid, p_job uuid, p_epoch bigint, p_how text, p_message text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_job packaging.packaging_jobs;
    v_status text;
BEGIN
    SELECT * INTO v_job FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant AND id = p_job AND epoch = p_epoch AND lease_until IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND OR (p_how = 'cancelled' AND v_job.cancel_requested_at IS NULL) THEN
        RETURN NULL;
    END IF;
    v_status := CASE
        WHEN v_job.cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN p_how = 'returned' THEN 'queued'
        WHEN p_how = 'retry' AND v_job.failure_count < 7 THEN 'queued'
        WHEN p_how IN ('failed', 'retry') THEN 'failed'
    END;
    PERFORM packaging.end_attempt(
        p_tenant, p_job, p_epoch,
        CASE WHEN v_status = 'cancelled' THEN 'cancelled' WHEN p_how = 'returned' THEN 'returned' ELSE 'failed' END,
        v_now
    );
    UPDATE packaging.packaging_jobs
    SET status = v_status,
        error_message = CASE WHEN v_status <> 'cancelled' AND p_how <> 'returned' THEN p_message END,
        progress_percent = CASE WHEN v_status = 'queued' THEN 0 ELSE progress_percent END,
        current_step = '', estimated_completion_at = NULL, owner_id = NULL, lease_until = NULL,
        epoch = CASE WHEN v_status <> 'queued' THEN epoch END,
        completed_at = CASE WHEN v_status <> 'queued' THEN v_now END,
        attempt = attempt - CASE WHEN p_how = 'returned' AND v_status = 'queued' THEN 1 ELSE 0 END,
        failure_count = failure_count + CASE WHEN p_how = 'retry' THEN 1 ELSE 0 END,
        run_at = CASE WHEN p_how = 'retry' THEN v_now + packaging.backoff(v_job.failure_count) ELSE v_now END
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN v_status;
END
$$;

-- Stops jobs: the queued at once, the running by asking whoever runs them. Others stay as they are.
CREATE FUNCTION packaging.cancel(p_tenant uuid, p_jobs uuid[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_jobs uuid[];
BEGIN
    PERFORM FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND id = ANY (p_jobs) ORDER BY id FOR UPDATE;
    WITH stopped AS (
        UPDATE packaging.packaging_jobs
        SET cancel_requested_at = v_now,
            status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END,
            completed_at = CASE WHEN status = 'queued' THEN v_now END,
            current_step = CASE WHEN status = 'queued' THEN '' ELSE 'cancelling' END
        WHERE tenant_id = p_tenant AND id = ANY (p_jobs) AND completed_at IS NULL AND cancel_requested_at IS NULL
        RETURNING id
    )
    SELECT COALESCE(array_agg(id), '{}') INTO v_jobs FROM stopped;
    PERFORM packaging.append_events(array_fill(p_tenant, ARRAY[cardinality(v_jobs)]), v_jobs, v_now);
END
$$;

-- Queues a failed job again, with all its tries before it. Outcomes: queued; not_found; not_failed; live, with the job
-- that makes the same platform now.
CREATE FUNCTION packaging.retry(p_tenant uuid, p_job uuid)
RETURNS TABLE (outcome text, live_job_id uuid)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
    v_job packaging.packaging_jobs;
    v_live uuid;
BEGIN
    -- Admissions of a tenant go one by one, so that no other live job appears meanwhile.
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    SELECT * INTO v_job FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND id = p_job FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'not_found', NULL::uuid;
        RETURN;
    ELSIF v_job.status <> 'failed' THEN
        RETURN QUERY SELECT 'not_failed', NULL::uuid;
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
    SET status = 'queued', progress_percent = 0, current_step = '', error_message = NULL, completed_at = NULL,
        epoch = NULL, crash_count = 0, failure_count = 0, run_at = v_now, cancel_requested_at = NULL
    WHERE tenant_id = p_tenant AND id = p_job;
    PERFORM packaging.append_events(ARRAY[p_tenant], ARRAY[p_job], v_now);
    RETURN QUERY SELECT 'queued', NULL::uuid;
END
$$;

-- Starts one job for each platform that has none living.
--
-- Outcomes: created; existing, with the living jobs (all platforms had one); repeated, with the answer the request id
-- got first; conflict, the request id was used for something else; limited, with the time from which it works;
-- no_project. p_note is kept with the answer and given back with it.
CREATE FUNCTION packaging.create_batch(
    p_tenant uuid, p_project uuid, p_platforms text[], p_options jsonb, p_draft_plan jsonb, p_request_id text,
    p_request_hash bytea, p_note jsonb, p_user uuid
) RETURNS TABLE (outcome text, result jsonb, retry_at timestamptz)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_batch uuid := gen_random_uuid();
    v_outcome text := 'created';
    v_hash bytea;
    v_result jsonb;
    v_new text[];
    v_jobs jsonb;
    v_limit integer;
    v_free_at timestamptz;
BEGIN
    SELECT t.jobs_per_hour INTO STRICT v_limit
    FROM packaging.tenant_usage AS u JOIN packaging.tenants AS t ON t.id = u.tenant_id
    WHERE u.tenant_id = p_tenant
    FOR NO KEY UPDATE OF u;

    SELECT r.request_hash, r.result INTO v_hash, v_result FROM packaging.requests AS r
    WHERE r.tenant_id = p_tenant AND r.kind = 'create_batch' AND r.request_id = p_request_id;
    IF FOUND THEN
        RETURN QUERY SELECT CASE WHEN v_hash = p_request_hash THEN 'repeated' ELSE 'conflict' END,
            CASE WHEN v_hash = p_request_hash THEN v_result END, NULL::timestamptz;
        RETURN;
    END IF;
    PERFORM FROM packaging.projects WHERE tenant_id = p_tenant AND id = p_project FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'no_project', NULL::jsonb, NULL::timestamptz;
        RETURN;
    END IF;

    SELECT array_agg(platform) INTO v_new FROM unnest(p_platforms) AS platform
    WHERE NOT EXISTS (
        SELECT FROM packaging.packaging_jobs
        WHERE tenant_id = p_tenant AND project_id = p_project AND platform_id = platform AND completed_at IS NULL
    );
    IF v_new IS NULL THEN
        v_outcome := 'existing';
        SELECT batch_id INTO v_batch FROM packaging.packaging_jobs
        WHERE tenant_id = p_tenant AND project_id = p_project AND platform_id = ANY (p_platforms)
            AND completed_at IS NULL
        ORDER BY created_at DESC, id
        LIMIT 1;
    ELSE
        -- The job that must leave the hour before all of these fit into it.
        SELECT j.created_at + interval '1 hour' INTO v_free_at FROM packaging.packaging_jobs AS j
        WHERE j.tenant_id = p_tenant AND j.created_at > v_now - interval '1 hour'
        ORDER BY j.created_at DESC
        OFFSET GREATEST(v_limit - cardinality(v_new), 0) LIMIT 1;
        IF FOUND OR cardinality(v_new) > v_limit THEN
            RETURN QUERY SELECT 'limited', NULL::jsonb, v_free_at;
            RETURN;
        END IF;
        INSERT INTO packaging.batches (tenant_id, id, project_id, options, draft_plan, created_at, created_by)
        VALUES (p_tenant, v_batch, p_project, p_options, p_draft_plan, v_now, p_user);
        WITH made AS (
            INSERT INTO packaging.packaging_jobs
                (tenant_id, project_id, batch_id, platform_id, created_at, created_by, run_at)
            SELECT p_tenant, p_project, v_batch, platform, v_now, p_user, v_now FROM unnest(v_new) AS platform
            RETURNING id
        )
        SELECT jsonb_agg(id) INTO v_jobs FROM made;
        PERFORM packaging.append_events(
            array_fill(p_tenant, ARRAY[cardinality(v_new)]), ARRAY(SELECT jsonb_array_elements_text(v_jobs)::uuid),
            v_now
        );
    END IF;

    SELECT jsonb_build_object(
        'batch', v_batch, 'existing', v_new IS NULL, 'note', p_note,
        'jobs', COALESCE(jsonb_object_agg(
            j.platform_id, jsonb_build_object('id', j.id, 'existing', j.batch_id <> v_batch OR v_new IS NULL)
        ), '{}')
    ) INTO v_result
    FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = p_tenant AND j.project_id = p_project AND j.platform_id = ANY (p_platforms)
        AND j.completed_at IS NULL;
    IF p_request_id <> '' THEN
        INSERT INTO packaging.requests (tenant_id, kind, request_id, request_hash, result, created_at)
        VALUES (p_tenant, 'create_batch', p_request_id, p_request_hash, v_result, v_now);
    END IF;
    RETURN QUERY SELECT v_outcome, v_result, NULL::timestamptz;
END
$$;

-- Places where a dead try may have left bytes: 15 minutes after it ended, and once more after 24 hours.
CREATE FUNCTION packaging.orphans(p_limit integer)
RETURNS TABLE (tenant_id uuid, job_id uuid, epoch bigint, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    SELECT tenant_id, job_id, epoch, blob_container, blob_path FROM packaging.job_attempts
    WHERE outcome NOT IN ('open', 'committed') AND sweeps < 2
        AND ended_at < v_now - CASE sweeps WHEN 0 THEN interval '15 minutes' ELSE interval '24 hours' END
        AND ended_at < v_now - interval '15 minutes'
    ORDER BY ended_at LIMIT p_limit;
END
$$;

-- Packages past their time. Who deletes them asks again under the tenant.
CREATE FUNCTION packaging.expired_packages(p_limit integer) RETURNS TABLE (tenant_id uuid, package_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    SELECT tenant_id, id FROM packaging.packages WHERE expires_at <= v_now ORDER BY expires_at LIMIT p_limit;
END
$$;

-- Functions that look across tenants run as the scheduler, which must be able to create in the schema at the moment it
-- becomes their owner, and not afterwards.
GRANT CREATE ON SCHEMA packaging TO packaging_scheduler;
ALTER FUNCTION packaging.find_tenant(text) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.list_tenants(text, integer) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.sweep_imports(integer) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.claim(uuid, integer) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.beat(jsonb) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.sweep(integer) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.orphans(integer) OWNER TO packaging_scheduler;
ALTER FUNCTION packaging.expired_packages(integer) OWNER TO packaging_scheduler;
REVOKE CREATE ON SCHEMA packaging FROM packaging_scheduler;

-- Nobody but these roles runs anything here.
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA packaging FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA packaging TO packaging_app;
GRANT EXECUTE ON FUNCTION packaging.now(), packaging.lease(), packaging.backoff(integer), packaging.platform_rank(text),
    packaging.temp_container(uuid), packaging.append_events(uuid[], uuid[], timestamptz) TO packaging_scheduler;
