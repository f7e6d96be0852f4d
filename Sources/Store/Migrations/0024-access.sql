-- Who calls, what that caller may do, what is refused, and who did what.

-- Everybody who makes or changes something has a row, so that created_by can name them: users, services, and the local
-- operator in each tenant that the operator acted for.
ALTER TABLE packaging.users
    ADD COLUMN kind text NOT NULL DEFAULT 'user' CHECK (kind IN ('user', 'service', 'operator')),
    -- Tokens that were issued before this time are refused.
    ADD COLUMN not_before timestamptz,
    ADD COLUMN not_before_set_at timestamptz,
    ADD COLUMN not_before_set_by uuid,
    ADD CONSTRAINT subject_is_short CHECK (char_length(subject) <= 256),
    ADD CONSTRAINT not_before_is_whole CHECK ((not_before IS NULL) = (not_before_set_at IS NULL)),
    ADD CONSTRAINT users_not_before_set_by FOREIGN KEY (tenant_id, not_before_set_by)
        REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (not_before_set_by);
ALTER TABLE packaging.users DROP CONSTRAINT users_tenant_id_subject_key;
ALTER TABLE packaging.users ADD CONSTRAINT users_principal UNIQUE (tenant_id, kind, subject);
CREATE INDEX users_not_before ON packaging.users (tenant_id, not_before_set_at DESC) WHERE not_before IS NOT NULL;

ALTER TABLE packaging.grants
    ADD COLUMN granted_at timestamptz NOT NULL DEFAULT packaging.now(),
    ADD COLUMN granted_by uuid,
    ADD CONSTRAINT grants_granted_by FOREIGN KEY (tenant_id, granted_by)
        REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (granted_by);

-- Tokens that are refused though their time is not over.
CREATE TABLE packaging.revoked_tokens (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    -- The token's claim jti.
    token_id text NOT NULL CHECK (char_length(token_id) BETWEEN 1 AND 256),
    -- When the token ends by itself and this row may go.
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    created_by uuid,
    PRIMARY KEY (tenant_id, token_id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (created_by)
);
CREATE INDEX revoked_tokens_expired ON packaging.revoked_tokens (expires_at);
CALL packaging.isolate('packaging.revoked_tokens');
CALL packaging.admit_scheduler('packaging.revoked_tokens');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.revoked_tokens TO packaging_app;
GRANT SELECT (tenant_id, token_id, expires_at), UPDATE (expires_at), DELETE ON packaging.revoked_tokens
    TO packaging_scheduler;

-- Rises with every change of a tenant's revocations and grants. Daemons look at this one number to learn whether somebody
-- who is still connected may no longer do what runs.
CREATE TABLE packaging.access_versions (
    tenant_id uuid PRIMARY KEY REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CALL packaging.isolate('packaging.access_versions');
GRANT SELECT, INSERT, UPDATE ON packaging.access_versions TO packaging_app;
ALTER TABLE packaging.tenants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE packaging.access_versions NO FORCE ROW LEVEL SECURITY;
INSERT INTO packaging.access_versions (tenant_id) SELECT id FROM packaging.tenants;
ALTER TABLE packaging.access_versions FORCE ROW LEVEL SECURITY;
ALTER TABLE packaging.tenants FORCE ROW LEVEL SECURITY;

-- Who did what. Rows are added, and removed when their time is over; nobody changes one. A login that failed before its
-- tenant was known has the tenant 00000000-0000-0000-0000-000000000000, which is nobody's.
CREATE TABLE packaging.audit (
    tenant_id uuid NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT packaging.now(),
    actor text NOT NULL,
    method text NOT NULL,
    target text NOT NULL,
    outcome text NOT NULL,
    call_id text NOT NULL,
    peer text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_newest ON packaging.audit (id DESC);
CREATE INDEX audit_oldest ON packaging.audit (at);
CALL packaging.isolate('packaging.audit');
CALL packaging.admit_scheduler('packaging.audit');
GRANT SELECT, INSERT ON packaging.audit TO packaging_app;
GRANT SELECT, INSERT, DELETE ON packaging.audit TO packaging_scheduler;

ALTER TABLE packaging.queue_settings
    ADD COLUMN keep_audit_days integer NOT NULL DEFAULT 400 CHECK (keep_audit_days BETWEEN 1 AND 3650);
