-- Rows in every table of a database of commit 89512b2, made by its functions where it has some. One job is completed,
-- one is running at this moment, and one is queued.
SELECT set_config('packaging.tenant', '00000000-0000-4000-8000-000000000001', false);

INSERT INTO packaging.users (tenant_id, id, subject)
VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000aa', 'ana');
INSERT INTO packaging.audio_cache (tenant_id, sha256, size_bytes, blob_container, blob_path, format, source_sample_rate,
    source_channels, samples, peak, energy, quietest_mean_square)
VALUES ('00000000-0000-4000-8000-000000000001', sha256('audio'), 4096,
    packaging.audio_container('00000000-0000-4000-8000-000000000001'),
    packaging.content_path('segments', sha256('audio')),
    'wav/pcm_s16le', 48000, 2, 44100, 0.5, 12.25, 1e-9);

-- A book that was received, and one that is being received.
INSERT INTO packaging.imports (tenant_id, id, slug, metadata, settings)
VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1', 'book', '{"title": "Book"}',
        '{}'),
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b2', 'later', '{"title": "Later"}',
        '{}');
INSERT INTO packaging.import_chapters (tenant_id, import_id, number, title, kind)
SELECT tenant_id, id, 1, 'One', 'chapter' FROM packaging.imports;
INSERT INTO packaging.import_segments (tenant_id, import_id, chapter_number, position, text, voice_provider, voice_name,
    wanted_audio_sha256)
SELECT tenant_id, id, 1, 1, 'a', '', '', sha256('audio') FROM packaging.imports;
SELECT * FROM packaging.commit_import('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1');
INSERT INTO packaging.grants (tenant_id, project_id, user_id, role)
SELECT tenant_id, id, '00000000-0000-4000-8000-0000000000aa', 'owner' FROM packaging.projects;

-- Three jobs, of which two are claimed and one is finished.
SELECT packaging.create_batch(tenant_id, id, ARRAY['apple', 'google', 'kobo'], '{"validateAfterCreation": true}',
    '{"draft": true}', 'request', sha256('request'), 'null', NULL, '{}')
FROM packaging.projects;
SELECT * FROM packaging.claim('00000000-0000-4000-8000-0000000000d1', 2);
SELECT packaging.freeze_plan(tenant_id, batch_id, id, epoch, '{"plan": 1}', '{}')
FROM packaging.packaging_jobs WHERE platform_id = 'apple';
SELECT packaging.finish(tenant_id, id, epoch, jsonb_build_object(
    'package_format', 'm4b', 'file_name', 'book.m4b', 'duration_samples', 44100, 'audio_spec', '{}'::jsonb,
    'size_bytes', 1000, 'sha256', encode(sha256('package'), 'hex')
))
FROM packaging.packaging_jobs WHERE platform_id = 'apple';
INSERT INTO packaging.object_chapters
    (tenant_id, object_id, encode_digest, first_byte, size_bytes, sha256, packet_sizes)
SELECT tenant_id, id, sha256('encode'), 0, 100, sha256('chapter'), '' FROM packaging.objects;

-- A copy to the archive that is under way.
SELECT packaging.archive(tenant_id, id, NULL, NULL) FROM packaging.packages;
