-- The bytes of audio and covers that nobody refers to any more.
--
-- Audio and covers lie where their hash says, so the same bytes may be wanted again at any moment, in the same place. A
-- place that is given up waits ten minutes, longer than any request looks at one, and whoever records something there
-- takes it back. Only bytes that we put there are removed: audio that was registered where it lies is its owner's.

ALTER TABLE packaging.blob_removals
    -- Jobs that were started before the place was given up may still read from it.
    ADD COLUMN waits_for_jobs boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION packaging.claim_removals(p_limit integer)
RETURNS TABLE (tenant_id uuid, blob_container text, blob_path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    RETURN QUERY
    UPDATE packaging.blob_removals AS r SET has_begun = true, due_at = v_now + interval '5 minutes'
    FROM (
        SELECT d.tenant_id, d.blob_container, d.blob_path FROM packaging.blob_removals AS d
        WHERE d.due_at <= v_now
            AND NOT (
                d.waits_for_jobs AND EXISTS (
                    SELECT FROM packaging.packaging_jobs AS j
                    WHERE j.tenant_id = d.tenant_id AND j.completed_at IS NULL AND j.created_at <= d.created_at
                )
            )
        ORDER BY d.due_at
        LIMIT p_limit
        FOR UPDATE OF d SKIP LOCKED
    ) AS due
    WHERE r.tenant_id = due.tenant_id AND r.blob_container = due.blob_container AND r.blob_path = due.blob_path
    RETURNING r.tenant_id, r.blob_container, r.blob_path;
END
$$;

-- What TenantContainers.content in Blobs says.
CREATE FUNCTION packaging.audio_container(p_tenant uuid) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT 't-' || p_tenant || '-audio'$$;
CREATE FUNCTION packaging.content_path(p_kind text, p_sha256 bytea) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$SELECT format('%s/%s/%s', p_kind, left(encode(p_sha256, 'hex'), 2), encode(p_sha256, 'hex'))$$;

CREATE FUNCTION packaging.give_up_content(p_tenant uuid, p_path text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    INSERT INTO packaging.blob_removals
        (tenant_id, blob_container, blob_path, created_at, due_at, waits_for_jobs)
    VALUES (p_tenant, packaging.audio_container(p_tenant), p_path, v_now, v_now + interval '10 minutes', true)
    ON CONFLICT (tenant_id, blob_container, blob_path) DO NOTHING;
END
$$;

-- Takes back a place that was given up. If its bytes are being removed at this moment, the caller tries again.
CREATE FUNCTION packaging.take_content(p_tenant uuid, p_container text, p_path text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM packaging.blob_removals
    WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path AND NOT has_begun;
    IF EXISTS (
        SELECT FROM packaging.blob_removals
        WHERE tenant_id = p_tenant AND blob_container = p_container AND blob_path = p_path
    ) THEN
        RAISE EXCEPTION 'the blob "%" is being removed', p_path USING ERRCODE = 'lock_not_available';
    END IF;
END
$$;

-- After the row and not before: the row waits for a transaction that deletes its predecessor, and then sees what that
-- gave up.
CREATE FUNCTION packaging.take_audio() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM packaging.take_content(NEW.tenant_id, NEW.blob_container, NEW.blob_path);
    RETURN NULL;
END
$$;
CREATE TRIGGER take_audio AFTER INSERT ON packaging.audio_cache
    FOR EACH ROW EXECUTE FUNCTION packaging.take_audio();

CREATE FUNCTION packaging.give_up_audio() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (OLD.blob_container, OLD.blob_path)
        = (packaging.audio_container(OLD.tenant_id), packaging.content_path('segments', OLD.sha256))
    THEN
        PERFORM packaging.give_up_content(OLD.tenant_id, OLD.blob_path);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER give_up_audio AFTER DELETE ON packaging.audio_cache
    FOR EACH ROW EXECUTE FUNCTION packaging.give_up_audio();

-- Projects of a tenant may share a cover. Who takes a cover's place and who gives it up go one by one, as neither sees
-- what the other has not committed.
CREATE FUNCTION packaging.change_cover() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_old constant text := CASE WHEN TG_OP <> 'INSERT' THEN OLD.cover_blob_path END;
    v_new constant text := CASE WHEN TG_OP <> 'DELETE' THEN NEW.cover_blob_path END;
    v_path text;
BEGIN
    IF v_old IS NOT DISTINCT FROM v_new THEN
        RETURN NULL;
    END IF;
    FOR v_path IN SELECT p FROM unnest(ARRAY[v_old, v_new]) AS p WHERE p IS NOT NULL ORDER BY p LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(v_path, 0));
    END LOOP;
    IF v_new IS NOT NULL THEN
        PERFORM packaging.take_content(NEW.tenant_id, NEW.cover_blob_container, v_new);
    END IF;
    IF v_old IS NOT NULL AND NOT EXISTS (
        SELECT FROM packaging.projects AS p
        WHERE p.tenant_id = OLD.tenant_id AND p.cover_sha256 = OLD.cover_sha256 AND p.cover_blob_path = v_old
    ) THEN
        PERFORM packaging.give_up_content(OLD.tenant_id, v_old);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER change_cover AFTER INSERT OR UPDATE OF cover_blob_path OR DELETE ON packaging.projects
    FOR EACH ROW EXECUTE FUNCTION packaging.change_cover();

REVOKE EXECUTE ON FUNCTION packaging.audio_container(uuid), packaging.content_path(text, bytea),
    packaging.give_up_content(uuid, text), packaging.take_content(uuid, text, text), packaging.take_audio(),
    packaging.give_up_audio(), packaging.change_cover() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.audio_container(uuid), packaging.content_path(text, bytea),
    packaging.give_up_content(uuid, text), packaging.take_content(uuid, text, text) TO packaging_app;
