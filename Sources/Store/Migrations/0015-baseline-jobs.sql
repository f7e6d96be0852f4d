-- Baseline, 3 of 3: batches, jobs, their attempts and events, the packages they make, and blobs to be removed.

-- One number for each try of any job: who holds a smaller one than the row can write nothing.
CREATE SEQUENCE packaging.epochs;
GRANT USAGE ON SEQUENCE packaging.epochs TO packaging_scheduler;

CREATE TABLE packaging.batches (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid NOT NULL,
    -- What was asked for: missing audio, validation.
    options jsonb NOT NULL,
    draft_plan jsonb NOT NULL,
    -- What is built. Written once, by the first claim that finds no segment missing.
    final_plan jsonb,
    frozen_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    created_by uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, created_by) REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (created_by),
    CHECK ((final_plan IS NULL) = (frozen_at IS NULL))
);
CREATE INDEX batches_project ON packaging.batches (tenant_id, project_id);
CALL packaging.isolate('packaging.batches');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.batches TO packaging_app;

-- The bytes of one or more packages.
CREATE TABLE packaging.objects (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    blob_container text NOT NULL,
    blob_path text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    -- live, until no package refers to it; deleting, while the bytes are removed: no new link is made; deleted.
    state text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'deleting', 'deleted')),
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, blob_container, blob_path),
    CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
);
CALL packaging.isolate('packaging.objects');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.objects TO packaging_app;

CREATE TABLE packaging.packaging_jobs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    platform_id text NOT NULL CHECK (platform_id IN ('apple', 'google', 'spotify', 'acx', 'kobo')),
    status text NOT NULL DEFAULT 'queued' CHECK (status IN (
        'queued', 'downloading_audio', 'generating_audio', 'processing', 'uploading', 'completed', 'failed', 'cancelled'
    )),
    progress_percent integer NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
    current_step text NOT NULL DEFAULT '',
    error_message text,
    package_id uuid,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    created_by uuid,
    started_at timestamptz,
    completed_at timestamptz,
    estimated_completion_at timestamptz,
    -- When the last event that only told of progress was written.
    progressed_at timestamptz,
    -- The last try, and who holds it until when. Without a lease the job is not running.
    epoch bigint,
    owner_id uuid,
    lease_until timestamptz,
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    -- Tries that ended with their daemon, and tries that ended with an error that may pass.
    crash_count integer NOT NULL DEFAULT 0,
    failure_count integer NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT packaging.now(),
    cancel_requested_at timestamptz,
    -- Hash of all that determines the package's bytes, once the plan is frozen.
    recipe_digest bytea CHECK (length(recipe_digest) = 32),
    last_sequence bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, batch_id) REFERENCES packaging.batches (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, created_by) REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (created_by),
    CONSTRAINT running_is_leased CHECK (
        (status IN ('downloading_audio', 'generating_audio', 'processing', 'uploading')) = (lease_until IS NOT NULL)
    ),
    CONSTRAINT leased_is_owned CHECK (
        (lease_until IS NULL) = (owner_id IS NULL) AND (lease_until IS NULL OR epoch IS NOT NULL)
    ),
    CONSTRAINT queued_is_free CHECK (status <> 'queued' OR (epoch IS NULL AND cancel_requested_at IS NULL)),
    CONSTRAINT ended_has_time CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CONSTRAINT failed_has_reason CHECK (status <> 'failed' OR error_message <> '')
) WITH (
    -- Small and hot: room for updates within the page, and a vacuum that keeps up.
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0
);
CREATE UNIQUE INDEX one_live_job ON packaging.packaging_jobs (tenant_id, project_id, platform_id)
    WHERE completed_at IS NULL;
CREATE INDEX packaging_jobs_due ON packaging.packaging_jobs (tenant_id, run_at, id) WHERE status = 'queued';
CREATE INDEX packaging_jobs_lease ON packaging.packaging_jobs (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX packaging_jobs_running ON packaging.packaging_jobs (tenant_id) WHERE lease_until IS NOT NULL;
CREATE INDEX packaging_jobs_newest ON packaging.packaging_jobs (tenant_id, project_id, created_at DESC, id DESC);
CREATE INDEX packaging_jobs_batch ON packaging.packaging_jobs (tenant_id, batch_id);
CREATE INDEX packaging_jobs_admitted ON packaging.packaging_jobs (tenant_id, created_at);
-- When a package is deleted, the jobs that name it lose its name.
CREATE INDEX packaging_jobs_package ON packaging.packaging_jobs (tenant_id, package_id) WHERE package_id IS NOT NULL;
CALL packaging.isolate('packaging.packaging_jobs');
CALL packaging.admit_scheduler('packaging.packaging_jobs');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.packaging_jobs TO packaging_app;
GRANT SELECT, UPDATE ON packaging.packaging_jobs TO packaging_scheduler;

-- One try of a job, and the only place where it may put its package: written before a byte is sent, so that whatever a
-- dead try left behind is found from here.
CREATE TABLE packaging.job_attempts (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    epoch bigint NOT NULL,
    attempt integer NOT NULL,
    owner_id uuid NOT NULL,
    blob_container text NOT NULL,
    blob_path text NOT NULL,
    -- open, while the lease may hold; committed: the place holds a package's object; shared: the package shares another
    -- object; failed; lost: the lease ran out; returned: the daemon was stopped; cancelled.
    outcome text NOT NULL DEFAULT 'open'
        CHECK (outcome IN ('open', 'committed', 'shared', 'failed', 'lost', 'returned', 'cancelled')),
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- How often the place was swept. Twice, because a paused try may end its upload after the first time.
    sweeps integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, job_id, epoch),
    UNIQUE (tenant_id, blob_container, blob_path),
    FOREIGN KEY (tenant_id, job_id) REFERENCES packaging.packaging_jobs (tenant_id, id) ON DELETE CASCADE,
    CHECK ((outcome = 'open') = (ended_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX job_attempts_orphans ON packaging.job_attempts (ended_at)
    WHERE outcome NOT IN ('open', 'committed') AND sweeps < 2;
CALL packaging.isolate('packaging.job_attempts');
CALL packaging.admit_scheduler('packaging.job_attempts');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.job_attempts TO packaging_app;
GRANT SELECT, INSERT, UPDATE ON packaging.job_attempts TO packaging_scheduler;

CREATE TABLE packaging.event_streams (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, project_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);
CALL packaging.isolate('packaging.event_streams');
CALL packaging.admit_scheduler('packaging.event_streams');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.event_streams TO packaging_app;
GRANT SELECT, UPDATE ON packaging.event_streams TO packaging_scheduler;

-- What happened to a project's jobs, numbered without gaps.
CREATE TABLE packaging.job_events (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    seq bigint NOT NULL,
    job_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    platform_id text NOT NULL,
    status text NOT NULL,
    progress_percent integer NOT NULL,
    current_step text NOT NULL,
    error_message text,
    package_id uuid,
    at timestamptz NOT NULL,
    estimated_completion_at timestamptz,
    attempt integer NOT NULL,
    PRIMARY KEY (tenant_id, project_id, seq),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.event_streams (tenant_id, project_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, job_id) REFERENCES packaging.packaging_jobs (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX job_events_job ON packaging.job_events (tenant_id, job_id, seq);
CREATE INDEX job_events_batch ON packaging.job_events (tenant_id, batch_id, seq);
CALL packaging.isolate('packaging.job_events');
CALL packaging.admit_scheduler('packaging.job_events');
GRANT SELECT, INSERT, DELETE ON packaging.job_events TO packaging_app;
GRANT SELECT, INSERT ON packaging.job_events TO packaging_scheduler;

-- The version a project's last package for a platform had, kept when that package is gone.
CREATE TABLE packaging.package_versions (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    platform_id text NOT NULL,
    last_version integer NOT NULL,
    PRIMARY KEY (tenant_id, project_id, platform_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE
);
CALL packaging.isolate('packaging.package_versions');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.package_versions TO packaging_app;

CREATE TABLE packaging.packages (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid NOT NULL,
    job_id uuid NOT NULL,
    platform_id text NOT NULL CHECK (platform_id IN ('apple', 'google', 'spotify', 'acx', 'kobo')),
    version_number integer NOT NULL CHECK (version_number >= 1),
    package_format text NOT NULL CHECK (package_format IN ('m4b', 'zip_mp3', 'epub3')),
    object_id uuid NOT NULL,
    blob_container text NOT NULL,
    blob_path text NOT NULL,
    file_size_bytes bigint NOT NULL CHECK (file_size_bytes >= 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    file_name text NOT NULL CHECK (file_name <> ''),
    -- At 44,100 Hz.
    duration_samples bigint NOT NULL CHECK (duration_samples >= 0),
    storage_tier text NOT NULL DEFAULT 'temp' CHECK (storage_tier IN ('temp', 'archive')),
    audio_spec jsonb NOT NULL,
    recipe_digest bytea CHECK (length(recipe_digest) = 32),
    is_validated boolean NOT NULL DEFAULT false,
    validation_results jsonb,
    -- The first package with these bytes; never one that itself shares them.
    same_as_package_id uuid,
    expires_at timestamptz NOT NULL,
    archived_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    created_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, project_id, platform_id, version_number),
    UNIQUE (tenant_id, job_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, job_id) REFERENCES packaging.packaging_jobs (tenant_id, id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, object_id) REFERENCES packaging.objects (tenant_id, id),
    FOREIGN KEY (tenant_id, same_as_package_id) REFERENCES packaging.packages (tenant_id, id)
        ON DELETE SET NULL (same_as_package_id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (created_by),
    CHECK ((storage_tier = 'archive') = (archived_at IS NOT NULL)),
    CHECK (is_validated = (validation_results IS NOT NULL))
);
CREATE INDEX packages_newest ON packaging.packages (tenant_id, project_id, created_at DESC, id DESC);
CREATE INDEX packages_expires ON packaging.packages (expires_at);
CREATE INDEX packages_recipe ON packaging.packages (tenant_id, project_id, recipe_digest);
CREATE INDEX packages_object ON packaging.packages (tenant_id, object_id);
CREATE INDEX packages_archived ON packaging.packages (tenant_id, project_id, platform_id, version_number)
    WHERE storage_tier = 'archive';
CREATE INDEX packages_root ON packaging.packages (tenant_id, same_as_package_id) WHERE same_as_package_id IS NOT NULL;
CALL packaging.isolate('packaging.packages');
CALL packaging.admit_scheduler('packaging.packages');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.packages TO packaging_app;
GRANT SELECT (tenant_id, id, expires_at) ON packaging.packages TO packaging_scheduler;

ALTER TABLE packaging.packaging_jobs
    ADD FOREIGN KEY (tenant_id, package_id) REFERENCES packaging.packages (tenant_id, id)
        ON DELETE SET NULL (package_id);

-- Places in the blob store that are emptied when their time comes, unless somebody takes them first. A copy is
-- announced here before its first byte is sent, and taken with the commit that makes use of it.
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
    -- Jobs that were started before the place was given up may still read from it.
    waits_for_jobs boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, blob_container, blob_path)
);
CREATE INDEX blob_removals_due ON packaging.blob_removals (due_at);
CALL packaging.isolate('packaging.blob_removals');
CALL packaging.admit_scheduler('packaging.blob_removals');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.blob_removals TO packaging_app;
GRANT SELECT, UPDATE ON packaging.blob_removals TO packaging_scheduler;

-- One encoded chapter inside the bytes of packages: its audio alone, without what its container puts around it. A later
-- package of the project with the same chapter copies it from there.
CREATE TABLE packaging.object_chapters (
    tenant_id uuid NOT NULL,
    object_id uuid NOT NULL,
    -- Hash of all that determines the encoded audio.
    encode_digest bytea NOT NULL CHECK (length(encode_digest) = 32),
    first_byte bigint NOT NULL CHECK (first_byte >= 0),
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    -- The size of each packet in two bytes, the higher first; empty for codecs whose packets say their own.
    packet_sizes bytea NOT NULL,
    PRIMARY KEY (tenant_id, object_id, encode_digest),
    FOREIGN KEY (tenant_id, object_id) REFERENCES packaging.objects (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX object_chapters_digest ON packaging.object_chapters (tenant_id, encode_digest);
CALL packaging.isolate('packaging.object_chapters');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.object_chapters TO packaging_app;
