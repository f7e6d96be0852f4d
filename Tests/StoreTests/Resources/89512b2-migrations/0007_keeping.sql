-- Keeping packages, and deleting them.
--
-- What is to go is first said in rows. The bytes go afterwards, and whoever removes them repeats what a crash left
-- undone: so nothing that a row refers to is ever missing, and no bytes are left that no row knows of.
--
-- Whatever makes, keeps or deletes packages of a tenant locks its tenant_usage first, and so goes one by one; then jobs,
-- objects and packages, in the order that 0005 gives.

ALTER TABLE packaging.tenants
    ALTER COLUMN version_limit SET DEFAULT 3,
    -- What happens at the limit: the archived version that is the oldest goes, or the new one is refused.
    ADD COLUMN drops_oldest_version boolean NOT NULL DEFAULT false;
SELECT set_config('packaging.tenant', '00000000-0000-4000-8000-000000000001', true);
UPDATE packaging.tenants SET version_limit = 3
WHERE id = '00000000-0000-4000-8000-000000000001' AND version_limit = 100;
SELECT set_config('packaging.tenant', '', true);

-- The container of a tenant's archived packages: what TenantContainers.archive in Blobs says.
CREATE FUNCTION packaging.archive_container(p_tenant uuid) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT 't-' || p_tenant || '-archive'$$;

CREATE INDEX packages_archived ON packaging.packages (tenant_id, project_id, platform_id, version_number)
    WHERE storage_tier = 'archive';

-- Places in the blob store that are emptied when their time comes, unless somebody takes them first. A copy is announced
-- here before its first byte is sent, and taken with the commit that makes use of it.
CREATE TABLE packaging.blob_removals (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    blob_container text NOT NULL,
    blob_path text NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    -- From then on nobody can take the place.
    has_begun boolean NOT NULL DEFAULT false,
    -- Two where a daemon that was paused may end its upload after the first look; the second is 24 hours later.
    looks_left integer NOT NULL DEFAULT 1 CHECK (looks_left IN (1, 2)),
    PRIMARY KEY (tenant_id, blob_container, blob_path)
);
CREATE INDEX blob_removals_due ON packaging.blob_removals (due_at);
CALL packaging.isolate('packaging.blob_removals');
CALL packaging.admit_scheduler('packaging.blob_removals');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.blob_removals TO packaging_app;
GRANT SELECT, UPDATE ON packaging.blob_removals TO packaging_scheduler;

-- An object that is given up has its bytes removed; one that a package refers to cannot be given up.
CREATE FUNCTION packaging.give_up_object() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    IF EXISTS (SELECT FROM packaging.packages WHERE tenant_id = NEW.tenant_id AND object_id = NEW.id) THEN
        RAISE EXCEPTION 'cannot delete object "%": a package refers to it', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO packaging.blob_removals (tenant_id, blob_container, blob_path, created_at, due_at)
    VALUES (NEW.tenant_id, NEW.blob_container, NEW.blob_path, v_now, v_now);
    RETURN NULL;
END
$$;
CREATE TRIGGER give_up_object AFTER UPDATE OF state ON packaging.objects
    FOR EACH ROW
    WHEN (OLD.state = 'live' AND NEW.state = 'deleting')
    EXECUTE FUNCTION packaging.give_up_object();

-- Deletes packages, and gives up the objects that no other package refers to. Of those that shared bytes with a deleted
-- one, the oldest becomes the one that the others name.
CREATE FUNCTION packaging.delete_packages(p_tenant uuid, p_packages uuid[])
RETURNS TABLE (deleted integer, bytes_freed bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_objects uuid[];
    v_deleted integer;
    v_freed bigint;
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE;
    -- The jobs lose the names of their packages.
    PERFORM FROM packaging.packaging_jobs
    WHERE tenant_id = p_tenant
        AND id IN (SELECT job_id FROM packaging.packages WHERE tenant_id = p_tenant AND id = ANY (p_packages))
    ORDER BY id
    FOR UPDATE;
    -- No weaker lock would do: a new package takes a key share of the object it refers to.
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

-- Deletes those of the packages that are past their time. Leaves all for the next round if somebody else is at work on
-- the tenant's packages.
CREATE FUNCTION packaging.expire_packages(p_tenant uuid, p_packages uuid[])
RETURNS TABLE (deleted integer, bytes_freed bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    PERFORM FROM packaging.tenant_usage WHERE tenant_id = p_tenant FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 0, 0::bigint;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT * FROM packaging.delete_packages(p_tenant, ARRAY(
        SELECT id FROM packaging.packages
        WHERE tenant_id = p_tenant AND id = ANY (p_packages) AND expires_at <= v_now
    ));
END
$$;

-- Keeps a package for p_days days from now, or for as many as the plan says if that is null.
--
-- Asked first without a copy. Outcomes: archived, with the versions that were deleted for it; copy, its bytes are to be
-- copied from the source to copy_path in the archive container within an hour, and then this is asked again with that
-- path; not_found; version_limit, with the versions that are archived; too_late, the copy took longer than an hour.
-- Until the outcome is archived, the package is as it was.
CREATE FUNCTION packaging.archive(p_tenant uuid, p_package uuid, p_days integer, p_copy_path text)
RETURNS TABLE (outcome text, expires_at timestamptz, days integer, versions integer[], version_limit integer,
    platform_id text, source_container text, source_path text, size_bytes bigint, sha256 bytea, copy_path text)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_container constant text := packaging.archive_container(p_tenant);
    v_tenant packaging.tenants;
    v_package packaging.packages;
    v_source packaging.objects;
    v_object uuid;
    v_path text;
    v_versions integer[] := '{}';
    v_archived uuid[] := '{}';
    v_excess integer := 0;
    v_days integer;
BEGIN
    SELECT t.* INTO STRICT v_tenant
    FROM packaging.tenant_usage AS u JOIN packaging.tenants AS t ON t.id = u.tenant_id
    WHERE u.tenant_id = p_tenant
    FOR NO KEY UPDATE OF u;
    v_days := COALESCE(p_days, v_tenant.default_retention_days);
    -- A copy that comes to nothing waits no longer.
    UPDATE packaging.blob_removals SET due_at = v_now
    WHERE tenant_id = p_tenant AND blob_container = v_container AND blob_path = p_copy_path AND NOT has_begun;

    SELECT * INTO v_package FROM packaging.packages
    WHERE tenant_id = p_tenant AND id = p_package AND expires_at > v_now;
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

    SELECT * INTO STRICT v_source FROM packaging.objects WHERE tenant_id = p_tenant AND id = v_package.object_id;
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
        -- The lock keeps new packages from referring to the object that is left.
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

-- Takes on places whose time has come, of all tenants. One that nobody reports as emptied is taken on again after five
-- minutes.
CREATE FUNCTION packaging.claim_removals(p_limit integer)
RETURNS TABLE (tenant_id uuid, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    UPDATE packaging.blob_removals AS r SET has_begun = true, due_at = v_now + interval '5 minutes'
    FROM (
        SELECT d.tenant_id, d.blob_container, d.blob_path FROM packaging.blob_removals AS d
        WHERE d.due_at <= v_now
        ORDER BY d.due_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE r.tenant_id = due.tenant_id AND r.blob_container = due.blob_container AND r.blob_path = due.blob_path
    RETURNING r.tenant_id, r.blob_container, r.blob_path;
END
$$;

-- A place is empty. If it was an object's, that is deleted now.
CREATE FUNCTION packaging.finish_removal(p_tenant uuid, p_container text, p_path text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    UPDATE packaging.objects SET state = 'deleted', deleted_at = v_now
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND state = 'deleting';
    DELETE FROM packaging.blob_removals
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND has_begun
        AND looks_left = 1;
    UPDATE packaging.blob_removals SET looks_left = looks_left - 1, due_at = v_now + interval '24 hours'
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND has_begun;
END
$$;

GRANT CREATE ON SCHEMA packaging TO packaging_scheduler;
ALTER FUNCTION packaging.claim_removals(integer) OWNER TO packaging_scheduler;
REVOKE CREATE ON SCHEMA packaging FROM packaging_scheduler;
REVOKE EXECUTE ON FUNCTION packaging.archive_container(uuid), packaging.give_up_object(),
    packaging.delete_packages(uuid, uuid[]), packaging.expire_packages(uuid, uuid[]),
    packaging.archive(uuid, uuid, integer, text), packaging.claim_removals(integer),
    packaging.finish_removal(uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.archive_container(uuid), packaging.delete_packages(uuid, uuid[]),
    packaging.expire_packages(uuid, uuid[]), packaging.archive(uuid, uuid, integer, text),
    packaging.claim_removals(integer), packaging.finish_removal(uuid, text, text) TO packaging_app;
