-- What is remembered until new audio is taken, where a book comes from, and which words speech says.

-- A change of a segment that waits for audio: until that audio is taken, the segment keeps what it has.
ALTER TABLE packaging.segments
    ADD COLUMN awaited_audio_sha256 bytea CHECK (length(awaited_audio_sha256) = 32),
    -- The text that comes with the awaited audio; NULL keeps the text.
    ADD COLUMN awaited_text text CHECK (octet_length(awaited_text) <= 20000),
    ADD CONSTRAINT text_waits_with_audio CHECK (awaited_text IS NULL OR awaited_audio_sha256 IS NOT NULL);
CREATE INDEX segments_awaited ON packaging.segments (tenant_id, project_id, awaited_audio_sha256)
    WHERE awaited_audio_sha256 IS NOT NULL;

ALTER TABLE packaging.projects
    -- A new cover that was not taken yet, where the project has another one.
    ADD COLUMN awaited_cover_sha256 bytea CHECK (length(awaited_cover_sha256) = 32),
    -- The caller's word for where the book comes from; empty where none was given.
    ADD COLUMN origin text NOT NULL DEFAULT '' CHECK (length(origin) <= 128),
    ADD CONSTRAINT cover_waits_for_cover CHECK (awaited_cover_sha256 IS NULL OR cover_format IS NOT NULL);
CREATE INDEX projects_origin ON packaging.projects (tenant_id, origin) WHERE origin <> '';

ALTER TABLE packaging.imports
    ADD COLUMN origin text NOT NULL DEFAULT '' CHECK (length(origin) <= 128),
    ADD COLUMN replaces boolean NOT NULL DEFAULT false;

-- What was spoken from which words. Not a part of audio_cache, because two texts may sound the same, such as "One" and
-- "One.", and one row of audio then belongs to both.
CREATE TABLE packaging.speech (
    tenant_id uuid NOT NULL,
    provider text NOT NULL,
    voice text NOT NULL,
    language text NOT NULL,
    text_sha256 bytea NOT NULL CHECK (length(text_sha256) = 32),
    -- The engine with its version: another version speaks otherwise.
    provenance text NOT NULL,
    sha256 bytea NOT NULL,
    PRIMARY KEY (tenant_id, provider, voice, language, text_sha256, provenance),
    FOREIGN KEY (tenant_id, sha256) REFERENCES packaging.audio_cache (tenant_id, sha256) ON DELETE CASCADE
);
CREATE INDEX speech_audio ON packaging.speech (tenant_id, sha256);
-- The owner sees no tenant's rows without this.
ALTER TABLE packaging.audio_cache NO FORCE ROW LEVEL SECURITY;
INSERT INTO packaging.speech (tenant_id, provider, voice, language, text_sha256, provenance, sha256)
SELECT DISTINCT ON (tenant_id, provider, voice, language, text_sha256, provenance)
    tenant_id, provider, voice, language, text_sha256, provenance, sha256
FROM packaging.audio_cache WHERE provider IS NOT NULL
ORDER BY tenant_id, provider, voice, language, text_sha256, provenance, created_at;
ALTER TABLE packaging.audio_cache FORCE ROW LEVEL SECURITY;
CALL packaging.isolate('packaging.speech');
GRANT SELECT, INSERT, DELETE ON packaging.speech TO packaging_app;

-- The speech that a project's sentences have had, so that a sentence which comes back has its audio at once.
CREATE TABLE packaging.project_speech (
    tenant_id uuid NOT NULL,
    project_id uuid NOT NULL,
    text_sha256 bytea NOT NULL CHECK (length(text_sha256) = 32),
    -- The voice that the segment or the book named; empty where neither named one.
    voice_provider text NOT NULL,
    voice_name text NOT NULL,
    language text NOT NULL,
    sha256 bytea NOT NULL,
    PRIMARY KEY (tenant_id, project_id, text_sha256, voice_provider, voice_name, language),
    FOREIGN KEY (tenant_id, project_id) REFERENCES packaging.projects (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, sha256) REFERENCES packaging.audio_cache (tenant_id, sha256)
);
CREATE INDEX project_speech_audio ON packaging.project_speech (tenant_id, sha256);
CALL packaging.isolate('packaging.project_speech');
GRANT SELECT, INSERT, UPDATE, DELETE ON packaging.project_speech TO packaging_app;
