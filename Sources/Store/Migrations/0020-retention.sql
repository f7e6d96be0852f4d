-- How long rows about the past are kept, and what it takes to find those whose time is over.

-- In the row that all daemons share: with settings of their own, the shortest would hold for all.
ALTER TABLE packaging.queue_settings
    -- Ended jobs with their attempts and batches, and the answers to requests.
    ADD COLUMN keep_jobs_days integer NOT NULL DEFAULT 30 CHECK (keep_jobs_days BETWEEN 1 AND 3650),
    -- The events of ended jobs.
    ADD COLUMN keep_events_days integer NOT NULL DEFAULT 7 CHECK (keep_events_days BETWEEN 1 AND 3650),
    -- Objects whose bytes are gone.
    ADD COLUMN keep_deleted_days integer NOT NULL DEFAULT 7 CHECK (keep_deleted_days BETWEEN 1 AND 3650),
    ADD CONSTRAINT events_go_before_jobs CHECK (keep_events_days <= keep_jobs_days);

ALTER TABLE packaging.packaging_jobs
    -- The last of the job's events that was removed; 0 for none. Those after it are there.
    ADD COLUMN removed_sequence bigint NOT NULL DEFAULT 0,
    ADD COLUMN has_events boolean NOT NULL DEFAULT true,
    -- Whether another job made the package that this one ended with.
    ADD COLUMN reuses_package boolean NOT NULL DEFAULT false;
CREATE INDEX packaging_jobs_with_events ON packaging.packaging_jobs (completed_at)
    WHERE completed_at IS NOT NULL AND has_events;
CREATE INDEX packaging_jobs_removable ON packaging.packaging_jobs (completed_at)
    WHERE completed_at IS NOT NULL AND NOT has_events AND (package_id IS NULL OR reuses_package);
-- The last event of its jobs that are removed; 0 for none.
ALTER TABLE packaging.batches ADD COLUMN removed_sequence bigint NOT NULL DEFAULT 0;
CREATE INDEX requests_created ON packaging.requests (created_at);
CREATE INDEX objects_deleted ON packaging.objects (deleted_at) WHERE deleted_at IS NOT NULL;

-- Locking rows needs the right to update one of their columns.
GRANT DELETE ON packaging.packaging_jobs, packaging.job_attempts, packaging.job_events TO packaging_scheduler;
GRANT SELECT (job_id) ON packaging.packages TO packaging_scheduler;
CALL packaging.admit_scheduler('packaging.batches');
GRANT SELECT (tenant_id, id, removed_sequence), UPDATE (removed_sequence), DELETE ON packaging.batches
    TO packaging_scheduler;
CALL packaging.admit_scheduler('packaging.requests');
GRANT SELECT (tenant_id, kind, request_id, created_at), UPDATE (created_at), DELETE ON packaging.requests
    TO packaging_scheduler;
CALL packaging.admit_scheduler('packaging.objects');
GRANT SELECT (tenant_id, id, deleted_at), UPDATE (deleted_at), DELETE ON packaging.objects TO packaging_scheduler;
