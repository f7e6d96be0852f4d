-- Fixes the plan of a batch, and the recipes of its jobs. The first plan wins and is never changed. Returns the plan
-- that holds, or null if the job belongs to another attempt.
--
-- Called by JobStore.freezePlan.
-- Locks: the batch, then its jobs in the order of their ids.
CREATE OR REPLACE FUNCTION packaging.freeze_plan(
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

REVOKE EXECUTE ON FUNCTION packaging.freeze_plan FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.freeze_plan TO packaging_app;
