-- Lets the daemon's role see which steps were applied, so that a daemon without the owner's rights can tell a database
-- that is behind, or newer than itself, from one that fits.

CREATE POLICY daemon ON packaging.schema_migrations FOR SELECT TO packaging_app USING (true);
GRANT SELECT ON packaging.schema_migrations TO packaging_app;
