-- Books: projects, chapters, segments and their audio; and imports while they are being received.

CREATE TABLE packaging.projects (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9-]{1,64}$'),
    metadata jsonb NOT NULL,
    settings jsonb NOT NULL,
    -- The cover the book names; what follows is known once it was received and measured.
    cover_sha256 bytea CHECK (length(cover_sha256) = 32),
    cover_size_bytes bigint,
    cover_format text CHECK (cover_format IN ('jpeg', 'png')),
    cover_width integer,
    cover_height integer,
    cover_blob_container text,
    cover_blob_path text,
    cover_refusal text,
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    updated_at timestamptz NOT NULL DEFAULT packaging.now(),
    created_by uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug),
    FOREIGN KEY (tenant_id, created_by) REFERENCES packaging.users (tenant_id, id) ON DELETE SET NULL (created_by),
    CHECK (
        num_nulls(
            cover_size_bytes, cover_format, cover_width, cover_height, cover_blob_container, cover_blob_path
        ) IN (0, 6)
    ),
    CHECK (cover_sha256 IS NOT NULL OR (cover_format IS NULL AND cover_refusal IS NULL))
);
CREATE INDEX projects_newest ON packaging.projects (tenant_id, created_at DESC, id DESC);
CREATE INDEX projects_cover ON packaging.projects (tenant_id, cover_sha256) WHERE cover_format IS NOT NULL;
CALL packaging.isolate('packaging.projects');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.projects TO packaging_app;

-- What a user may do with a project.
CREATE TABLE packaging.grants (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('reader', 'packager', 'owner')),
    PRIMARY KEY (tenant_id, project_id, user_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES packaging.users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX grants_user ON packaging.grants (tenant_id, user_id);
CALL packaging.isolate('packaging.grants');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.grants TO packaging_app;

CREATE TABLE packaging.chapters (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid NOT NULL,
    -- The place in the book, from 1.
    position integer NOT NULL CHECK (position >= 1),
    title text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('chapter', 'opening_credits', 'closing_credits')),
    PRIMARY KEY (tenant_id, id),
    -- Deferred, because a merge moves chapters one by one.
    UNIQUE (tenant_id, project_id, position) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE
);
CALL packaging.isolate('packaging.chapters');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.chapters TO packaging_app;

CREATE TABLE packaging.segments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid NOT NULL,
    chapter_id uuid NOT NULL,
    -- The place in the chapter, from 1.
    position integer NOT NULL CHECK (position >= 1),
    -- Empty when there is only audio. The voice is empty where the book's is meant.
    text text NOT NULL CHECK (octet_length(text) <= 20000),
    voice_provider text NOT NULL DEFAULT '',
    voice_name text NOT NULL DEFAULT '',
    -- The audio the book names, whether or not it was received.
    wanted_audio_sha256 bytea CHECK (length(wanted_audio_sha256) = 32),
    -- Why the audio that was received was not taken.
    refusal text,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, chapter_id, position) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, chapter_id) REFERENCES packaging.chapters (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX segments_wanted ON packaging.segments (tenant_id, project_id, wanted_audio_sha256);
CALL packaging.isolate('packaging.segments');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.segments TO packaging_app;

-- Audio that lies in the tenant's blob container, measured once. Its name is the digest of its bytes.
CREATE TABLE packaging.audio_cache (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    blob_container text NOT NULL,
    blob_path text NOT NULL,
    format text NOT NULL,
    source_sample_rate integer NOT NULL,
    source_channels integer NOT NULL,
    -- At 44,100 Hz.
    samples bigint NOT NULL CHECK (samples >= 0),
    peak double precision NOT NULL,
    energy double precision NOT NULL,
    quietest_mean_square double precision NOT NULL,
    warnings text[] NOT NULL DEFAULT '{}',
    -- Who or what spoke: "recorded", or the name of an engine.
    provenance text NOT NULL DEFAULT 'recorded',
    -- Of speech made here: what it was made from, so that a sentence is paid for once.
    provider text,
    voice text,
    language text,
    text_sha256 bytea CHECK (length(text_sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    PRIMARY KEY (tenant_id, sha256),
    CHECK (num_nulls(provider, voice, language, text_sha256) IN (0, 4))
);
-- Not unique: two daemons may speak a sentence at once, and the engine need not say it twice the same way.
CREATE INDEX audio_cache_speech ON packaging.audio_cache (tenant_id, provider, voice, language, text_sha256, created_at)
    WHERE provider IS NOT NULL;
CALL packaging.isolate('packaging.audio_cache');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.audio_cache TO packaging_app;

-- Which audio a segment has.
CREATE TABLE packaging.audio_segment_metadata (
    tenant_id uuid NOT NULL,
    segment_id uuid NOT NULL,
    project_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT packaging.now(),
    PRIMARY KEY (tenant_id, segment_id),
    FOREIGN KEY (tenant_id, segment_id) REFERENCES packaging.segments (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, sha256) REFERENCES packaging.audio_cache (tenant_id, sha256)
);
CREATE INDEX audio_segment_metadata_project ON packaging.audio_segment_metadata (tenant_id, project_id);
CREATE INDEX audio_segment_metadata_audio ON packaging.audio_segment_metadata (tenant_id, sha256);
CALL packaging.isolate('packaging.audio_segment_metadata');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.audio_segment_metadata TO packaging_app;

-- A book while its rows arrive. The project changes only when the import is committed.
CREATE TABLE packaging.imports (
    tenant_id uuid NOT NULL REFERENCES packaging.tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- Empty for one that is made from the title.
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9-]{0,64}$'),
    metadata jsonb NOT NULL,
    settings jsonb NOT NULL,
    cover_sha256 bytea CHECK (length(cover_sha256) = 32),
    created_by uuid,
    touched_at timestamptz NOT NULL DEFAULT packaging.now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX imports_touched ON packaging.imports (touched_at);
CALL packaging.isolate('packaging.imports');
CALL packaging.admit_scheduler('packaging.imports');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.imports TO packaging_app;
GRANT SELECT (tenant_id, id, touched_at), DELETE ON packaging.imports TO packaging_scheduler;

CREATE TABLE packaging.import_chapters (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    -- The chapter of the project that this one is, found at the commit.
    chapter_id uuid,
    is_new boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, import_id, number),
    FOREIGN KEY (tenant_id, import_id) REFERENCES packaging.imports (tenant_id, id) ON DELETE CASCADE
);
CALL packaging.isolate('packaging.import_chapters');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.import_chapters TO packaging_app;

CREATE TABLE packaging.import_segments (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row_id bigint GENERATED ALWAYS AS IDENTITY,
    chapter_number integer NOT NULL,
    position integer NOT NULL,
    text text NOT NULL,
    voice_provider text NOT NULL,
    voice_name text NOT NULL,
    wanted_audio_sha256 bytea,
    -- The segment of the project that this one is, found at the commit.
    segment_id uuid,
    is_new boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, import_id, chapter_number, position),
    FOREIGN KEY (tenant_id, import_id) REFERENCES packaging.imports (tenant_id, id) ON DELETE CASCADE
);
CALL packaging.isolate('packaging.import_segments');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.import_segments TO packaging_app;
