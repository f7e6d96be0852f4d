-- The current package of each platform: the one that the latest request made or found. That is no matter of versions:
-- where a change of the book was taken back, the request finds an older one.

CREATE TABLE packaging.current_packages (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    platform_id text NOT NULL,
    -- Null once the package is deleted: then the platform has none, not another version.
    package_id uuid,
    -- When the job was created that made or found it. A job that was created earlier and ends later does not replace it.
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, project_id, platform_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, package_id) REFERENCES packaging.packages (tenant_id, id)
        ON DELETE SET NULL (package_id)
);
-- When a package is deleted, the platform loses it.
CREATE INDEX current_packages_package ON packaging.current_packages (tenant_id, package_id)
    WHERE package_id IS NOT NULL;
CALL packaging.isolate('packaging.current_packages');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.current_packages TO packaging_app;

-- What the jobs tell that are still there: for each platform the package of the job that was created last among those
-- whose package is there. The job that made a package is kept as long as the package, so each of these platforms has one.
DO $$
DECLARE
    v_before constant text := COALESCE(current_setting('packaging.tenant', true), '');
    v_tenant uuid;
BEGIN
    FOR v_tenant IN SELECT id FROM packaging.tenants LOOP
        PERFORM set_config('packaging.tenant', v_tenant::text, true);
        INSERT INTO packaging.current_packages (tenant_id, project_id, platform_id, package_id, asked_at)
        SELECT DISTINCT ON (j.project_id, j.platform_id)
            j.tenant_id, j.project_id, j.platform_id, j.package_id, j.created_at
        FROM packaging.packaging_jobs AS j
        WHERE j.tenant_id = v_tenant AND j.status = 'completed' AND j.package_id IS NOT NULL
        ORDER BY j.project_id, j.platform_id, j.created_at DESC, j.id DESC;
    END LOOP;
    PERFORM set_config('packaging.tenant', v_before, true);
END
$$;
