-- Merges a received book into the project with its slug, or makes a project. Returns no row if the import is gone.
--
-- An import with an origin does not touch another book: where a project with the slug has another origin and the two have
-- little in common (is_same_book), a slug that was made from the title gets a number, and a slug that was named is refused:
-- outcome slug_taken, with that project's id, slug and title. The number under which the origin was imported before is
-- looked for first, so that importing a folder again updates its own project. Otherwise the outcome is committed.
--
-- A user becomes the owner of a book that the import makes, and must be the owner of one that it changes: else the outcome is
-- role_required, or slug_hidden for a user who may not know of the book. A slug that was made from the title of such a
-- book gets a number.
--
-- Chapters and segments that have not changed keep their ids. A chapter is recognised by its title, and a renamed
-- chapter by its place; a segment is recognised by its content, and a changed segment by its place in the chapter. The
-- revision rises only if something changed.
--
-- New audio for unchanged words, and a new cover, may still be refused when they arrive. So a segment or project that has
-- audio or a cover keeps it, and the new one is awaited; it takes the place of the old one when it was taken.
--
-- Called by ProjectStore.commitImport.
-- Locks: the import, then the project, then the rows that it changes.
--
-- The planner has no statistics about the rows just received. It would plan for a handful of rows, and a long book
-- would then take minutes. So only hash joins are allowed, and joins have one key where possible; then every plan is a
-- good one.
CREATE OR REPLACE FUNCTION packaging.commit_import(p_tenant uuid, p_import uuid)
RETURNS TABLE (outcome text, project_id uuid, slug text, created boolean, chapters integer, segments integer,
    revision bigint, missing_cover boolean, taken_slug text, title text)
LANGUAGE plpgsql SET enable_nestloop = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
    v_import record;
    v_project record;
    v_created boolean;
    v_is_user boolean;
    v_role text;
    v_is_named boolean;
    v_base text;
    v_number integer := 1;
    v_voice_changed boolean;
    v_changes bigint := 0;
    v_rows bigint;
BEGIN
    SELECT i.slug, i.metadata, i.settings, i.cover_sha256, i.created_by, i.origin, i.replaces INTO v_import
    FROM packaging.imports AS i
    WHERE i.tenant_id = p_tenant AND i.id = p_import
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    v_is_user := EXISTS (
        SELECT FROM packaging.users AS u
        WHERE u.tenant_id = p_tenant AND u.id = v_import.created_by AND u.kind = 'user'
    );
    v_is_named := v_import.slug <> '';
    v_base := CASE WHEN v_is_named THEN v_import.slug ELSE packaging.slug_of(v_import.metadata ->> 'title') END;
    IF NOT v_is_named AND v_import.origin <> '' AND NOT v_import.replaces THEN
        SELECT COALESCE(min(n.number), 1) INTO v_number
        FROM (
            SELECT p.slug, CASE WHEN p.slug = v_base THEN 1 ELSE substring(p.slug FROM '-([1-9][0-9]{0,8})$')::integer END
                AS number
            FROM packaging.projects AS p WHERE p.tenant_id = p_tenant AND p.origin = v_import.origin
        ) AS n
        WHERE n.slug = packaging.numbered_slug(v_base, n.number);
    END IF;
    LOOP
        v_import.slug := packaging.numbered_slug(v_base, v_number);
        INSERT INTO packaging.projects AS p
            (tenant_id, slug, metadata, settings, cover_sha256, origin, created_by, created_at, updated_at)
        VALUES
            (p_tenant, v_import.slug, v_import.metadata, v_import.settings, v_import.cover_sha256, v_import.origin,
                v_import.created_by, v_now, v_now)
        ON CONFLICT (tenant_id, slug) DO NOTHING;
        v_created := FOUND;
        SELECT p.id, p.metadata, p.settings, p.cover_sha256, p.cover_format, p.origin INTO v_project
        FROM packaging.projects AS p
        WHERE p.tenant_id = p_tenant AND p.slug = v_import.slug
        FOR NO KEY UPDATE;
        -- It was deleted since the insert found it.
        CONTINUE WHEN NOT FOUND;
        IF v_is_user AND NOT v_created THEN
            SELECT g.role INTO v_role FROM packaging.grants AS g
            WHERE g.tenant_id = p_tenant AND g.project_id = v_project.id AND g.user_id = v_import.created_by;
            IF NOT FOUND AND NOT v_is_named THEN
                v_number := v_number + 1;
                CONTINUE;
            ELSIF v_role IS DISTINCT FROM 'owner' THEN
                -- Who has no role is told nothing about the project but that its slug is not free.
                RETURN QUERY
                SELECT CASE WHEN v_role IS NULL THEN 'slug_hidden' ELSE 'role_required' END, v_project.id, v_import.slug,
                    false, 0, 0, 0::bigint, false, v_import.slug, '';
                RETURN;
            END IF;
        END IF;
        EXIT WHEN v_created OR v_import.replaces OR v_import.origin = '' OR v_project.origin = v_import.origin
            -- A number is only guessed, so a project under one must be known to be this book.
            OR (v_project.origin = '' AND v_number = 1)
            OR packaging.is_same_book(p_tenant, p_import, v_project.id);
        IF v_is_named THEN
            RETURN QUERY
            SELECT 'slug_taken', v_project.id, v_import.slug, false, 0, 0, 0::bigint, false, v_import.slug,
                v_project.metadata ->> 'title';
            RETURN;
        END IF;
        v_number := v_number + 1;
    END LOOP;
    IF v_created THEN
        INSERT INTO packaging.event_streams (tenant_id, project_id) VALUES (p_tenant, v_project.id);
        IF v_is_user THEN
            INSERT INTO packaging.grants (tenant_id, project_id, user_id, role, granted_at, granted_by)
            VALUES (p_tenant, v_project.id, v_import.created_by, 'owner', v_now, v_import.created_by);
        END IF;
    END IF;
    v_voice_changed := v_project.settings -> 'voice' IS DISTINCT FROM v_import.settings -> 'voice';

    -- Finds the old chapter of each received chapter.
    UPDATE packaging.import_chapters AS n SET chapter_id = old.id
    FROM
        (
            SELECT id, title, kind, row_number() OVER (PARTITION BY title, kind ORDER BY position) AS nth
            FROM packaging.chapters WHERE tenant_id = p_tenant AND project_id = v_project.id
        ) AS old
        JOIN (
            SELECT number, title, kind, row_number() OVER (PARTITION BY title, kind ORDER BY number) AS nth
            FROM packaging.import_chapters WHERE tenant_id = p_tenant AND import_id = p_import
        ) AS new USING (title, kind, nth)
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND n.number = new.number;

    UPDATE packaging.import_chapters AS n SET chapter_id = old.id
    FROM packaging.chapters AS old
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND n.chapter_id IS NULL
        AND old.tenant_id = p_tenant AND old.project_id = v_project.id AND old.position = n.number
        AND NOT EXISTS (
            SELECT FROM packaging.import_chapters AS other
            WHERE other.tenant_id = p_tenant AND other.import_id = p_import AND other.chapter_id = old.id
        );

    UPDATE packaging.import_chapters SET chapter_id = gen_random_uuid(), is_new = true
    WHERE tenant_id = p_tenant AND import_id = p_import AND chapter_id IS NULL;

    -- Finds the old segment of each received segment.
    UPDATE packaging.import_segments AS n SET segment_id = old.id
    FROM
        (
            SELECT s.id, c.number AS chapter_number, s.text, s.voice_provider, s.voice_name,
                COALESCE(s.wanted_audio_sha256, '') AS wanted,
                row_number() OVER (
                    PARTITION BY s.chapter_id, s.text, s.voice_provider, s.voice_name, s.wanted_audio_sha256
                    ORDER BY s.position
                ) AS nth
            FROM packaging.segments AS s
                JOIN packaging.import_chapters AS c ON c.chapter_id = s.chapter_id
            WHERE s.tenant_id = p_tenant AND s.project_id = v_project.id
                AND c.tenant_id = p_tenant AND c.import_id = p_import
        ) AS old
        JOIN (
            SELECT row_id, chapter_number, text, voice_provider, voice_name,
                COALESCE(wanted_audio_sha256, '') AS wanted,
                row_number() OVER (
                    PARTITION BY chapter_number, text, voice_provider, voice_name, wanted_audio_sha256
                    ORDER BY position
                ) AS nth
            FROM packaging.import_segments WHERE tenant_id = p_tenant AND import_id = p_import
        ) AS new USING (chapter_number, text, voice_provider, voice_name, wanted, nth)
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import
        AND n.row_id = new.row_id;

    UPDATE packaging.import_segments AS n SET segment_id = old.id
    FROM packaging.segments AS old
        JOIN packaging.import_chapters AS c ON c.chapter_id = old.chapter_id
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND n.segment_id IS NULL
        AND c.tenant_id = p_tenant AND c.import_id = p_import AND c.number = n.chapter_number
        AND old.tenant_id = p_tenant AND old.project_id = v_project.id AND old.position = n.position
        AND NOT EXISTS (
            SELECT FROM packaging.import_segments AS other
            WHERE other.tenant_id = p_tenant AND other.import_id = p_import AND other.segment_id = old.id
        );

    UPDATE packaging.import_segments SET segment_id = gen_random_uuid(), is_new = true
    WHERE tenant_id = p_tenant AND import_id = p_import AND segment_id IS NULL;

    -- Deletes audio that does not belong to its segment any more: the book names other audio now, and that is there; or the
    -- words or the voice from which the audio was made have changed.
    DELETE FROM packaging.audio_segment_metadata AS m
    USING packaging.segments AS s, packaging.audio_cache AS a, packaging.import_segments AS n
        LEFT JOIN packaging.audio_cache AS named
            ON named.sha256 = n.wanted_audio_sha256 AND named.tenant_id = p_tenant
    WHERE m.tenant_id = p_tenant AND m.project_id = v_project.id
        AND s.tenant_id = p_tenant AND s.id = m.segment_id
        AND a.tenant_id = p_tenant AND a.sha256 = m.sha256
        AND n.tenant_id = p_tenant AND n.import_id = p_import AND n.segment_id = m.segment_id
        AND m.sha256 IS DISTINCT FROM n.wanted_audio_sha256
        AND (
            CASE WHEN n.wanted_audio_sha256 IS NULL THEN s.wanted_audio_sha256 ELSE named.sha256 END IS NOT NULL
            OR (s.text, s.voice_provider, s.voice_name) <> (n.text, n.voice_provider, n.voice_name)
            OR (v_voice_changed AND n.voice_provider = '' AND a.provider IS NOT NULL)
        );
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    -- Remembers new audio for segments that keep what they have, and forgets what was awaited before. This is no change of
    -- the book.
    UPDATE packaging.segments AS s SET awaited_audio_sha256 = x.awaited, awaited_text = NULL
    FROM (
        SELECT n.segment_id, CASE WHEN m.sha256 <> n.wanted_audio_sha256 THEN n.wanted_audio_sha256 END AS awaited
        FROM packaging.import_segments AS n
            LEFT JOIN packaging.audio_segment_metadata AS m ON m.segment_id = n.segment_id AND m.tenant_id = p_tenant
        WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND NOT n.is_new
    ) AS x
    WHERE s.tenant_id = p_tenant AND s.id = x.segment_id
        AND (s.awaited_audio_sha256 IS DISTINCT FROM x.awaited OR s.awaited_text IS NOT NULL);

    DELETE FROM packaging.segments AS s
    WHERE s.tenant_id = p_tenant AND s.project_id = v_project.id
        AND NOT EXISTS (
            SELECT FROM packaging.import_segments AS n
            WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND n.segment_id = s.id
        );
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    DELETE FROM packaging.chapters AS c
    WHERE c.tenant_id = p_tenant AND c.project_id = v_project.id
        AND NOT EXISTS (
            SELECT FROM packaging.import_chapters AS n
            WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND n.chapter_id = c.id
        );
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    UPDATE packaging.chapters AS c SET position = n.number, title = n.title, kind = n.kind
    FROM packaging.import_chapters AS n
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND NOT n.is_new
        AND c.tenant_id = p_tenant AND c.id = n.chapter_id
        AND (c.position, c.title, c.kind) <> (n.number, n.title, n.kind);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    INSERT INTO packaging.chapters (tenant_id, id, project_id, position, title, kind)
    SELECT p_tenant, chapter_id, v_project.id, number, title, kind
    FROM packaging.import_chapters WHERE tenant_id = p_tenant AND import_id = p_import AND is_new;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    UPDATE packaging.segments AS s
    SET position = n.position, text = n.text, voice_provider = n.voice_provider, voice_name = n.voice_name,
        wanted_audio_sha256 = CASE
            WHEN s.awaited_audio_sha256 IS NULL THEN n.wanted_audio_sha256 ELSE s.wanted_audio_sha256
        END,
        refusal = CASE WHEN s.wanted_audio_sha256 = n.wanted_audio_sha256 THEN s.refusal END
    FROM packaging.import_segments AS n
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND NOT n.is_new
        AND s.tenant_id = p_tenant AND s.id = n.segment_id
        AND (
            (s.position, s.text, s.voice_provider, s.voice_name)
                <> (n.position, n.text, n.voice_provider, n.voice_name)
            OR (s.awaited_audio_sha256 IS NULL AND s.wanted_audio_sha256 IS DISTINCT FROM n.wanted_audio_sha256)
        );
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    INSERT INTO packaging.segments
        (tenant_id, id, project_id, chapter_id, position, text, voice_provider, voice_name, wanted_audio_sha256)
    SELECT p_tenant, n.segment_id, v_project.id, c.chapter_id, n.position, n.text, n.voice_provider, n.voice_name,
        n.wanted_audio_sha256
    FROM packaging.import_segments AS n
        JOIN packaging.import_chapters AS c ON c.number = n.chapter_number
    WHERE n.tenant_id = p_tenant AND n.import_id = p_import AND n.is_new
        AND c.tenant_id = p_tenant AND c.import_id = p_import;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    -- Gives segments the audio that the tenant has already.
    INSERT INTO packaging.audio_segment_metadata (tenant_id, segment_id, project_id, sha256, created_at)
    SELECT p_tenant, s.id, v_project.id, a.sha256, v_now
    FROM packaging.segments AS s
        JOIN packaging.audio_cache AS a ON a.sha256 = s.wanted_audio_sha256
    WHERE s.tenant_id = p_tenant AND s.project_id = v_project.id AND a.tenant_id = p_tenant
    ON CONFLICT (tenant_id, segment_id) DO NOTHING;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_changes := v_changes + v_rows;

    IF NOT v_created THEN
        -- A new cover waits beside the one that the project has.
        UPDATE packaging.projects
        SET awaited_cover_sha256 = CASE
                WHEN v_project.cover_format IS NOT NULL AND cover_sha256 <> v_import.cover_sha256
                THEN v_import.cover_sha256
            END,
            origin = CASE v_import.origin WHEN '' THEN origin ELSE v_import.origin END
        WHERE tenant_id = p_tenant AND id = v_project.id;
        IF v_project.cover_sha256 IS DISTINCT FROM v_import.cover_sha256
            AND (v_project.cover_format IS NULL OR v_import.cover_sha256 IS NULL)
        THEN
            UPDATE packaging.projects
            SET cover_sha256 = v_import.cover_sha256, cover_size_bytes = NULL, cover_format = NULL, cover_width = NULL,
                cover_height = NULL, cover_blob_container = NULL, cover_blob_path = NULL, cover_refusal = NULL
            WHERE tenant_id = p_tenant AND id = v_project.id;
            v_changes := v_changes + 1;
        END IF;
        IF v_changes > 0 OR (v_project.metadata, v_project.settings) <> (v_import.metadata, v_import.settings) THEN
            UPDATE packaging.projects
            SET metadata = v_import.metadata, settings = v_import.settings, revision = revision + 1, updated_at = v_now
            WHERE tenant_id = p_tenant AND id = v_project.id;
        END IF;
        -- After the settings, which name the voice. A revision of its own, if the speech is all that changed.
        IF packaging.give_speech(p_tenant, v_project.id, NULL) > 0 AND v_changes = 0 THEN
            UPDATE packaging.projects SET revision = revision + 1, updated_at = v_now
            WHERE tenant_id = p_tenant AND id = v_project.id;
        END IF;
    END IF;

    RETURN QUERY
    SELECT 'committed', p.id, p.slug, v_created,
        (SELECT count(*)::integer FROM packaging.import_chapters WHERE tenant_id = p_tenant AND import_id = p_import),
        (SELECT count(*)::integer FROM packaging.import_segments WHERE tenant_id = p_tenant AND import_id = p_import),
        p.revision,
        p.awaited_cover_sha256 IS NOT NULL OR (p.cover_sha256 IS NOT NULL AND p.cover_format IS NULL),
        CASE WHEN v_number > 1 AND EXISTS (
            SELECT FROM packaging.projects AS other WHERE other.tenant_id = p_tenant AND other.slug = v_base
        ) THEN v_base ELSE '' END,
        p.metadata ->> 'title'
    FROM packaging.projects AS p WHERE p.tenant_id = p_tenant AND p.id = v_project.id;

    DELETE FROM packaging.imports WHERE tenant_id = p_tenant AND id = p_import;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.commit_import FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.commit_import TO packaging_app;
