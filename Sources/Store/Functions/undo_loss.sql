-- Undoes the loss of an attempt whose daemon lives: it was cut off from the database for longer than its lease, and a
-- sweep took its job back meanwhile. The attempt becomes "returned", and the job forgets the loss, so that only daemons
-- that died count. A job that is queued since then no longer waits. Returns whether there was a loss to undo.
--
-- Called by JobStore.giveBack, when the job belongs to another attempt or to none. It does not change what that attempt
-- works with, and an attempt is undone once, so the fence holds.
-- Locks: the job, then its attempt.
CREATE OR REPLACE FUNCTION packaging.undo_loss(p_tenant uuid, p_job uuid, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM packaging.packaging_jobs WHERE tenant_id = p_tenant AND id = p_job FOR UPDATE;
    UPDATE packaging.job_attempts SET outcome = 'returned'
    WHERE tenant_id = p_tenant AND job_id = p_job AND epoch = p_epoch AND outcome = 'lost';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE packaging.packaging_jobs AS j
    SET crash_count = GREATEST(j.crash_count - 1, 0),
        -- A later attempt may have ended with a pause of its own.
        run_at = CASE WHEN j.status = 'queued' AND NOT EXISTS (
            SELECT FROM packaging.job_attempts AS a
            WHERE a.tenant_id = p_tenant AND a.job_id = p_job AND a.epoch > p_epoch
        ) THEN LEAST(j.run_at, packaging.now()) ELSE j.run_at END
    WHERE j.tenant_id = p_tenant AND j.id = p_job AND j.completed_at IS NULL;
    RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.undo_loss FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.undo_loss TO packaging_app;
