-- What the queue and all daemons must agree on. A row in the database, so that they cannot differ.
CREATE TABLE packaging.queue_settings (
    -- There is one row.
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- How long a claim or a beat holds a job. A daemon beats three times as often.
    lease_seconds integer NOT NULL DEFAULT 15 CHECK (lease_seconds BETWEEN 2 AND 3600)
);
INSERT INTO packaging.queue_settings (is_only, lease_seconds) VALUES (true, 15);
GRANT SELECT ON packaging.queue_settings TO packaging_app, packaging_scheduler;
