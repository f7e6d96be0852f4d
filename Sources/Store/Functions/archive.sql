-- Keeps a package for p_days days from now, or for the number of days in the tenant's plan if p_days is null.
--
-- The caller first calls this without a copy. Outcomes: archived, with the versions that were deleted to make room;
-- copy, the caller must copy the bytes from the source to copy_path in the archive container within an hour, and then
-- call this again with that path; not_found; version_limit, with the versions that are archived; too_late, the copy
-- took longer than an hour. Until the outcome is archived, the package stays as it was.
--
-- Called by PackageStore.archive.
-- Locks: tenant_usage, then the place of the copy in blob_removals, then as delete_packages for the versions that it
-- deletes, then the package's object, then the packages that share it.
CREATE OR REPLACE FUNCTION packaging.archive(p_tenant uuid, p_package uuid, p_days integer, p_copy_path text)
RETURNS TABLE (outcome text, expires_at timestamptz, days integer, versions integer[], version_limit integer,
    platform_id text, source_container text, source_path text, size_bytes bigint, sha256 bytea, copy_path text)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_container constant text := packaging.archive_container(p_tenant);
    v_tenant record;
    v_package record;
    v_source record;
    v_object uuid;
    v_path text;
    v_versions integer[] := '{}';
    v_archived uuid[] := '{}';
    v_excess integer := 0;
    v_days integer;
BEGIN
    SELECT t.default_retention_days, t.version_limit, t.drops_oldest_version INTO STRICT v_tenant
    FROM packaging.tenant_usage AS u JOIN packaging.tenants AS t ON t.id = u.tenant_id
    WHERE u.tenant_id = p_tenant
    FOR NO KEY UPDATE OF u;
    v_days := COALESCE(p_days, v_tenant.default_retention_days);
    -- Unless the copy is used below, its bytes are due for removal at once.
    UPDATE packaging.blob_removals SET due_at = v_now
    WHERE tenant_id = p_tenant AND blob_container = v_container AND blob_path = p_copy_path AND NOT has_begun;

    SELECT p.project_id, p.platform_id, p.storage_tier, p.object_id INTO v_package FROM packaging.packages AS p
    WHERE p.tenant_id = p_tenant AND p.id = p_package AND p.expires_at > v_now;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    platform_id := v_package.platform_id;
    version_limit := v_tenant.version_limit;

    IF v_package.storage_tier = 'temp' THEN
        SELECT COALESCE(array_agg(p.version_number ORDER BY p.version_number), '{}'),
            COALESCE(array_agg(p.id ORDER BY p.version_number), '{}')
        INTO v_versions, v_archived
        FROM packaging.packages AS p
        WHERE p.tenant_id = p_tenant AND p.project_id = v_package.project_id
            AND p.platform_id = v_package.platform_id AND p.storage_tier = 'archive' AND p.expires_at > v_now;
        v_excess := GREATEST(cardinality(v_versions) + 1 - v_tenant.version_limit, 0);
        IF v_excess > 0 AND NOT v_tenant.drops_oldest_version THEN
            outcome := 'version_limit';
            versions := v_versions;
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    SELECT o.id, o.blob_container, o.blob_path, o.size_bytes, o.sha256 INTO STRICT v_source
    FROM packaging.objects AS o
    WHERE o.tenant_id = p_tenant AND o.id = v_package.object_id;
    IF v_source.blob_container <> v_container THEN
        IF p_copy_path IS NULL THEN
            v_path := format('packages/%s/%s/%s/%s', p_tenant, v_package.project_id, p_package, gen_random_uuid());
            INSERT INTO packaging.blob_removals
                (tenant_id, blob_container, blob_path, created_at, due_at, looks_left)
            VALUES (p_tenant, v_container, v_path, v_now, v_now + interval '1 hour', 2);
            RETURN QUERY
            SELECT 'copy', NULL::timestamptz, v_days, NULL::integer[], v_tenant.version_limit,
                v_package.platform_id, v_source.blob_container, v_source.blob_path, v_source.size_bytes,
                v_source.sha256, v_path;
            RETURN;
        END IF;
        DELETE FROM packaging.blob_removals
        WHERE tenant_id = p_tenant AND blob_container = v_container AND blob_path = p_copy_path AND NOT has_begun;
        IF NOT FOUND THEN
            outcome := 'too_late';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    IF v_excess > 0 THEN
        PERFORM packaging.delete_packages(p_tenant, v_archived[1:v_excess]);
    END IF;
    versions := v_versions[1:v_excess];
    IF v_source.blob_container <> v_container THEN
        -- This lock keeps any new package from referring to the object that is given up here.
        PERFORM FROM packaging.objects WHERE tenant_id = p_tenant AND id = v_source.id FOR UPDATE;
        INSERT INTO packaging.objects (tenant_id, blob_container, blob_path, size_bytes, sha256, created_at)
        VALUES (p_tenant, v_container, p_copy_path, v_source.size_bytes, v_source.sha256, v_now)
        RETURNING id INTO v_object;
        UPDATE packaging.packages
        SET object_id = v_object, blob_container = v_container, blob_path = p_copy_path
        WHERE tenant_id = p_tenant AND object_id = v_source.id;
        UPDATE packaging.objects SET state = 'deleting' WHERE tenant_id = p_tenant AND id = v_source.id;
    END IF;
    outcome := 'archived';
    days := v_days;
    expires_at := v_now + v_days * interval '24 hours';
    UPDATE packaging.packages AS p
    SET storage_tier = 'archive', archived_at = COALESCE(p.archived_at, v_now),
        expires_at = v_now + v_days * interval '24 hours'
    WHERE p.tenant_id = p_tenant AND p.id = p_package;
    RETURN NEXT;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.archive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.archive TO packaging_app;
