-- Makes the packages with which these jobs have just ended the current ones of their platforms, except where a job that
-- was created later has ended before.
--
-- Called by create_batch, finish and finish_with, which have locked tenant_usage and the packages.
-- Locks: the platforms' rows in current_packages. Only transactions that have locked tenant_usage change them, among
-- them those that delete packages and projects, so no two wait for each other here.
CREATE OR REPLACE FUNCTION packaging.set_current_packages(p_tenant uuid, p_jobs uuid[]) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO packaging.current_packages AS c (tenant_id, project_id, platform_id, package_id, asked_at)
    SELECT j.tenant_id, j.project_id, j.platform_id, j.package_id, j.created_at
    FROM packaging.packaging_jobs AS j
    WHERE j.tenant_id = p_tenant AND j.id = ANY (p_jobs) AND j.package_id IS NOT NULL
    ON CONFLICT (tenant_id, project_id, platform_id) DO UPDATE
    SET package_id = EXCLUDED.package_id, asked_at = EXCLUDED.asked_at
    WHERE c.asked_at <= EXCLUDED.asked_at
$$;

REVOKE EXECUTE ON FUNCTION packaging.set_current_packages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.set_current_packages TO packaging_app;
