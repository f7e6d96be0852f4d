-- Starts one job for each platform that has no unfinished job. If a package with the platform's recipe in p_recipes
-- exists already, the job ends with that package at once, unless the options ask for validation and it has none.
--
-- Outcomes: created; existing, with the live jobs, if all platforms had one; repeated, with the answer that the first
-- request with this id got; conflict, if the request id was used for another request; limited, with the plan's limit, the
-- jobs that were started within the last hour and the jobs that were asked for, and the time from which the request can
-- succeed, or null if it has more jobs than the limit; no_project. p_note is stored with the answer and returned with it.
--
-- Called by JobStore.create.
-- Locks: tenant_usage, so that a tenant's jobs are admitted one by one, then the project (key share), then its event
-- stream, and then packages that are there already, their objects and current_packages. Other functions lock the stream
-- last. No deadlock follows, because each of them that locks a package, a live object or a row of current_packages has
-- locked tenant_usage first.
CREATE OR REPLACE FUNCTION packaging.create_batch(
    p_tenant uuid, p_project uuid, p_platforms text[], p_options jsonb, p_request_id text, p_request_hash bytea,
    p_note jsonb, p_user uuid, p_recipes jsonb
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
    v_there jsonb;
    v_limit integer;
    v_name text;
    v_started integer;
    v_free_at timestamptz;
BEGIN
    SELECT t.jobs_per_hour, t.name INTO STRICT v_limit, v_name
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
        SELECT count(*) INTO v_started FROM packaging.packaging_jobs AS j
        WHERE j.tenant_id = p_tenant AND j.created_at > v_now - interval '1 hour';
        IF v_started + cardinality(v_new) > v_limit THEN
            IF cardinality(v_new) <= v_limit THEN
                -- The job that must become older than an hour before the limit has room for all new jobs.
                SELECT j.created_at + interval '1 hour' INTO v_free_at FROM packaging.packaging_jobs AS j
                WHERE j.tenant_id = p_tenant AND j.created_at > v_now - interval '1 hour'
                ORDER BY j.created_at DESC
                OFFSET v_limit - cardinality(v_new) LIMIT 1;
            END IF;
            v_result := jsonb_build_object(
                'tenant', v_name, 'limit', v_limit, 'started', v_started, 'asked', cardinality(v_new)
            );
            RETURN QUERY SELECT 'limited', v_result, v_free_at;
            RETURN;
        END IF;
        INSERT INTO packaging.batches (tenant_id, id, project_id, options, created_at, created_by)
        VALUES (p_tenant, v_batch, p_project, p_options, v_now, p_user);
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

        -- If nothing has changed since a platform's last package, its job ends with that package at once.
        SELECT jsonb_object_agg(platform, package.id) INTO v_there
        FROM unnest(v_new) AS platform
            CROSS JOIN LATERAL (
                SELECT p.id FROM packaging.packages AS p
                WHERE p.tenant_id = p_tenant AND p.project_id = p_project AND p.platform_id = platform
                    AND p.recipe_digest = decode(p_recipes ->> platform, 'hex') AND p.expires_at > v_now
                    AND (p.is_validated OR NOT COALESCE((p_options ->> 'validateAfterCreation')::boolean, false))
                ORDER BY p.created_at DESC, p.id DESC
                LIMIT 1
            ) AS package
        WHERE packaging.hold_package(p_tenant, package.id, v_now);
        WITH ended AS (
            UPDATE packaging.packaging_jobs AS j
            SET status = 'completed', progress_percent = 100, completed_at = v_now,
                package_id = (v_there ->> platform_id)::uuid, reuses_package = true,
                recipe_digest = decode(p_recipes ->> platform_id, 'hex')
            WHERE j.tenant_id = p_tenant AND j.batch_id = v_batch AND v_there ? platform_id
            RETURNING id
        )
        SELECT jsonb_agg(id) INTO v_jobs FROM ended;
        PERFORM packaging.set_current_packages(p_tenant, ARRAY(SELECT jsonb_array_elements_text(v_jobs)::uuid));
        PERFORM packaging.append_events(
            array_fill(p_tenant, ARRAY[COALESCE(jsonb_array_length(v_jobs), 0)]),
            ARRAY(SELECT jsonb_array_elements_text(v_jobs)::uuid), v_now
        );
    END IF;

    SELECT jsonb_build_object(
        'batch', v_batch, 'existing', v_new IS NULL, 'note', p_note,
        'jobs', COALESCE(jsonb_object_agg(
            j.platform_id, jsonb_build_object(
                'id', j.id, 'existing', j.batch_id <> v_batch OR v_new IS NULL,
                'package', CASE WHEN p.id IS NOT NULL
                    THEN jsonb_build_object('id', p.id, 'version', p.version_number) END
            )
        ), '{}')
    ) INTO v_result
    FROM packaging.packaging_jobs AS j
        LEFT JOIN packaging.packages AS p ON p.tenant_id = j.tenant_id AND p.id = j.package_id
    WHERE j.tenant_id = p_tenant AND j.project_id = p_project AND j.platform_id = ANY (p_platforms)
        AND (j.completed_at IS NULL OR (j.batch_id = v_batch AND v_new IS NOT NULL));
    IF p_request_id <> '' THEN
        INSERT INTO packaging.requests (tenant_id, kind, request_id, request_hash, result, created_at)
        VALUES (p_tenant, 'create_batch', p_request_id, p_request_hash, v_result, v_now);
    END IF;
    RETURN QUERY SELECT v_outcome, v_result, NULL::timestamptz;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.create_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.create_batch TO packaging_app;
