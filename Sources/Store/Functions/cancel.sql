-- Stops jobs: a queued job at once, a running job by asking the daemon that runs it. All other jobs stay as they are.
--
-- Called by JobStore.cancel.
-- Locks: the jobs in the order of their ids, then their event streams.
CREATE OR REPLACE FUNCTION packaging.cancel(p_tenant uuid, p_jobs uuid[]) RETURNS void
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

REVOKE EXECUTE ON FUNCTION packaging.cancel FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.cancel TO packaging_app;
