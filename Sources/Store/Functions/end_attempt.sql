-- Ends the open attempt of a job with an outcome. Does nothing if the attempt has ended already.
--
-- Called by finish, finish_with and give_up, which have locked the job and write its new status into its row.
-- Locks: the attempt.
CREATE OR REPLACE FUNCTION packaging.end_attempt(
    p_tenant uuid, p_job uuid, p_epoch bigint, p_outcome text, p_now timestamptz
) RETURNS void
LANGUAGE sql
AS $$
    UPDATE packaging.job_attempts SET outcome = p_outcome, ended_at = p_now
    WHERE tenant_id = p_tenant AND job_id = p_job AND epoch = p_epoch AND outcome = 'open'
$$;

REVOKE EXECUTE ON FUNCTION packaging.end_attempt FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.end_attempt TO packaging_app;
