-- Refuses to change the plan of a batch once it is fixed.
--
-- Trigger on batches.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.refuse_to_replan() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'cannot change the plan of batch "%": it is fixed', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.refuse_to_replan FROM PUBLIC;

CREATE OR REPLACE TRIGGER refuse_to_replan BEFORE UPDATE OF final_plan, frozen_at ON packaging.batches
    FOR EACH ROW
    WHEN (
        OLD.frozen_at IS NOT NULL AND (OLD.final_plan, OLD.frozen_at) IS DISTINCT FROM (NEW.final_plan, NEW.frozen_at)
    )
    EXECUTE FUNCTION packaging.refuse_to_replan();
