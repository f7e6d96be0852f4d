-- Tenants, users, and the ground all later tables stand on: roles, the clock, and the one way a table is closed to
-- other tenants.

-- Roles belong to the whole cluster, so another database may have made them, perhaps at this moment.
DO $$
DECLARE
    v_role text;
    v_right text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['packaging_app', 'packaging_scheduler'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role AND (rolsuper OR rolbypassrls)) THEN
            RAISE EXCEPTION 'role "%" passes by row level security', v_role
                USING HINT = format('Run "ALTER ROLE %I NOSUPERUSER NOBYPASSRLS".', v_role);
        END IF;
        -- A role that may only create roles must be a member to hand functions over, and the daemon to set the role.
        IF NOT pg_has_role(current_user, v_role, v_right) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', v_role);
        END IF;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA packaging TO packaging_app, packaging_scheduler;

-- The only clock of everything that waits or runs out. Tests replace the function; nobody else can.
CREATE FUNCTION packaging.now() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE
AS 'SELECT pg_catalog.clock_timestamp()';

-- Closes a table to all tenants but the one the transaction names in packaging.tenant, for the owner as well. After
-- the transaction that set it the setting is empty rather than absent, hence NULLIF.
CREATE PROCEDURE packaging.isolate(p_table regclass, p_column name DEFAULT 'tenant_id')
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format(
        'CREATE POLICY tenant ON %1$s '
            'USING (%2$I = NULLIF(current_setting(''packaging.tenant'', true), '''')::uuid) '
            'WITH CHECK (%2$I = NULLIF(current_setting(''packaging.tenant'', true), '''')::uuid)',
        p_table, p_column
    );
END
$$;

-- Admits the scheduler to the rows of all tenants. What it may do with them is a matter of grants.
CREATE PROCEDURE packaging.admit_scheduler(p_table regclass)
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE POLICY scheduler ON %s TO packaging_scheduler USING (true) WITH CHECK (true)', p_table);
END
$$;

CREATE TABLE packaging.tenants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    quota_bytes bigint NOT NULL DEFAULT 1000000000 CHECK (quota_bytes >= 0),
    default_retention_days integer NOT NULL DEFAULT 30 CHECK (default_retention_days BETWEEN 7 AND 90),
    version_limit integer NOT NULL DEFAULT 10 CHECK (version_limit >= 1),
    jobs_per_hour integer NOT NULL DEFAULT 100 CHECK (jobs_per_hour >= 0),
    running_cap integer NOT NULL DEFAULT 10 CHECK (running_cap >= 1),
    created_at timestamptz NOT NULL DEFAULT packaging.now()
);
CALL packaging.isolate('packaging.tenants', 'id');
CALL packaging.admit_scheduler('packaging.tenants');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.tenants TO packaging_app;
GRANT SELECT ON packaging.tenants TO packaging_scheduler;

-- Who was served when: the row that a claim for the tenant locks.
CREATE TABLE packaging.tenant_sched (
    tenant_id uuid PRIMARY KEY REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    -- The epoch of the last claim: the tenant with the smallest waits the longest.
    last_epoch bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX tenant_sched_last_epoch ON packaging.tenant_sched (last_epoch, tenant_id);
CALL packaging.isolate('packaging.tenant_sched');
CALL packaging.admit_scheduler('packaging.tenant_sched');
GRANT SELECT, INSERT ON packaging.tenant_sched TO packaging_app;
GRANT SELECT, UPDATE ON packaging.tenant_sched TO packaging_scheduler;

-- What a tenant uses: the row that admissions and charges lock.
CREATE TABLE packaging.tenant_usage (
    tenant_id uuid PRIMARY KEY REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    -- Bytes of living objects; shared ones count once.
    package_bytes bigint NOT NULL DEFAULT 0 CHECK (package_bytes >= 0)
) WITH (fillfactor = 50);
CALL packaging.isolate('packaging.tenant_usage');
GRANT SELECT, INSERT, UPDATE ON packaging.tenant_usage TO packaging_app;

CREATE FUNCTION packaging.open_tenant() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO packaging.tenant_sched (tenant_id) VALUES (NEW.id);
    INSERT INTO packaging.tenant_usage (tenant_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER open_tenant AFTER INSERT ON packaging.tenants
    FOR EACH ROW EXECUTE FUNCTION packaging.open_tenant();

CREATE TABLE packaging.users (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- The subject claim of the user's tokens.
    subject text NOT NULL CHECK (subject <> ''),
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, subject)
);
CALL packaging.isolate('packaging.users');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.users TO packaging_app;

-- What was answered to a request that creates something, so that asking again gives the same answer.
CREATE TABLE packaging.requests (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    kind text NOT NULL,
    request_id text NOT NULL CHECK (length(request_id) BETWEEN 1 AND 128),
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    result jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    PRIMARY KEY (tenant_id, kind, request_id)
);
CALL packaging.isolate('packaging.requests');
GRANT SELECT, INSERT, DELETE ON packaging.requests TO packaging_app;

-- A caller names its tenant before the transaction can.
CREATE FUNCTION packaging.find_tenant(p_name text) RETURNS SETOF packaging.tenants
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT * FROM packaging.tenants WHERE name = p_name OR id::text = lower(p_name)';

CREATE FUNCTION packaging.list_tenants(p_after text, p_limit integer) RETURNS SETOF packaging.tenants
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT * FROM packaging.tenants WHERE name > p_after ORDER BY name LIMIT p_limit';

-- The tenant of a daemon that serves one person, known by this id everywhere.
SELECT set_config('packaging.tenant', '00000000-0000-4000-8000-000000000001', true);
INSERT INTO packaging.tenants (id, name, quota_bytes, default_retention_days, version_limit, jobs_per_hour, running_cap)
VALUES ('00000000-0000-4000-8000-000000000001', 'local', 1000000000000, 30, 100, 100000, 100);
SELECT set_config('packaging.tenant', '', true);
