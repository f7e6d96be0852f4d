-- Functions are no part of migrations any more: each is one file in the folder Functions, applied again when its text
-- changes.

-- Which text of each function the database has.
CREATE TABLE packaging.schema_functions (
    name text PRIMARY KEY,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    -- The release that applied it. An older one does not replace it.
    release text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE packaging.schema_functions ENABLE ROW LEVEL SECURITY;
-- As with schema_migrations, a daemon without the owner's rights must see whether its functions are there.
CREATE POLICY daemon ON packaging.schema_functions FOR SELECT TO packaging_app USING (true);
GRANT SELECT ON packaging.schema_functions TO packaging_app;
