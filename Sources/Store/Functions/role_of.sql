-- The project that a request names, and the role of a user on it; no row if there is no such project. The role is null if
-- the user has none. p_kind says what p_id and p_slug name: "project" by both, "job", "batch" or "package" by the id.
--
-- Called by AccessStore.role(of:on:tenant:).
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.role_of(p_tenant uuid, p_user uuid, p_kind text, p_id uuid, p_slug text)
RETURNS TABLE (project_id uuid, role text)
LANGUAGE sql STABLE
AS $$
    SELECT x.project_id, g.role
    FROM (
        (
            SELECT p.id AS project_id FROM packaging.projects AS p
            WHERE p_kind = 'project' AND p.tenant_id = p_tenant AND (p.id = p_id OR p.slug = p_slug)
            ORDER BY p.slug = p_slug LIMIT 1
        )
        UNION ALL
        SELECT j.project_id FROM packaging.packaging_jobs AS j
        WHERE p_kind = 'job' AND j.tenant_id = p_tenant AND j.id = p_id
        UNION ALL
        SELECT b.project_id FROM packaging.batches AS b
        WHERE p_kind = 'batch' AND b.tenant_id = p_tenant AND b.id = p_id
        UNION ALL
        SELECT k.project_id FROM packaging.packages AS k
        WHERE p_kind = 'package' AND k.tenant_id = p_tenant AND k.id = p_id
    ) AS x
        LEFT JOIN packaging.grants AS g
            ON g.tenant_id = p_tenant AND g.project_id = x.project_id AND g.user_id = p_user
$$;

REVOKE EXECUTE ON FUNCTION packaging.role_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.role_of TO packaging_app;
