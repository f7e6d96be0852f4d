-- Takes the location of a project's new cover, and gives up the location of its old one if no other project has that
-- cover.
--
-- Trigger on projects. Projects of a tenant may share a cover, and of two transactions neither sees what the other has
-- not committed. So transactions that take or give up the location of a cover run one after the other.
-- Locks: an advisory lock on each of the two places, in the order of their paths, then the rows in blob_removals.
CREATE OR REPLACE FUNCTION packaging.change_cover() RETURNS trigger
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

REVOKE EXECUTE ON FUNCTION packaging.change_cover FROM PUBLIC;

CREATE OR REPLACE TRIGGER change_cover AFTER INSERT OR UPDATE OF cover_blob_path OR DELETE ON packaging.projects
    FOR EACH ROW EXECUTE FUNCTION packaging.change_cover();
