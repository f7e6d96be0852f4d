-- Deletes packages, and gives up the objects to which no other package refers. If packages shared bytes with a deleted
-- one, the oldest of them becomes the package that the others name. A platform whose current package is deleted has no
-- current one. Returns the numbers of packages deleted and of bytes freed.
--
-- Called by PackageStore.delete, expire_packages, archive and delete_project.
-- Locks: tenant_usage, so that changes to a tenant's packages go one by one, then the jobs that made the packages in
-- the order of their ids, then the objects in the order of theirs, then the packages, and with these the other jobs
-- that name them and their rows in current_packages.
CREATE OR REPLACE FUNCTION packaging.delete_packages(p_tenant uuid, p_packages uuid[])
RETURNS TABLE (deleted integer, bytes_freed bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_objects uuid[];
    v_deleted integer;
    v_freed bigint;
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    -- The rows of the jobs that made the packages are locked first, because they lose the names of their packages.
    PERFORM FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant
        AND id IN (SELECT job_id FROM packaging.packages WHERE tenant_id = p_tenant AND id = ANY (p_packages))
    ORDER BY id
    FOR UPDATE;
    -- A weaker lock is not enough, because a new package takes a key share of the object to which it refers.
    SELECT array_agg(locked.id) INTO v_objects
    FROM (
        SELECT id FROM packaging.objects
        WHERE tenant_id = p_tenant
            AND id IN (SELECT object_id FROM packaging.packages WHERE tenant_id = p_tenant AND id = ANY (p_packages))
        ORDER BY id
        FOR UPDATE
    ) AS locked;

    UPDATE packaging.packages AS p SET same_as_package_id = NULLIF(heirs.root, p.id)
    FROM (
        SELECT id, first_value(id) OVER (
            PARTITION BY object_id ORDER BY same_as_package_id IS NOT NULL, created_at, id
        ) AS root
        FROM packaging.packages
        WHERE tenant_id = p_tenant AND object_id = ANY (v_objects) AND id <> ALL (p_packages)
    ) AS heirs
    WHERE p.tenant_id = p_tenant AND p.id = heirs.id
        AND p.same_as_package_id IS DISTINCT FROM NULLIF(heirs.root, p.id);
    DELETE FROM packaging.packages WHERE tenant_id = p_tenant AND id = ANY (p_packages);
    GET DIAGNOSTICS v_deleted = ROW_COUNT;

    WITH freed AS (
        UPDATE packaging.objects AS o SET state = 'deleting'
        WHERE o.tenant_id = p_tenant AND o.id = ANY (v_objects) AND o.state = 'live'
            AND NOT EXISTS (
                SELECT FROM packaging.packages AS p WHERE p.tenant_id = o.tenant_id AND p.object_id = o.id
            )
        RETURNING o.size_bytes
    )
    SELECT COALESCE(sum(size_bytes), 0) INTO v_freed FROM freed;
    UPDATE packaging.tenant_usage SET package_bytes = package_bytes - v_freed
    WHERE tenant_id = p_tenant AND v_freed > 0;
    RETURN QUERY SELECT v_deleted, v_freed;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.delete_packages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.delete_packages TO packaging_app;
