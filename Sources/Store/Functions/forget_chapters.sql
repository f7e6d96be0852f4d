-- Deletes the rows about the chapters in an object's bytes when the object is given up. The object's own row may stay.
--
-- Trigger on objects.
-- Locks: the rows in object_chapters.
CREATE OR REPLACE FUNCTION packaging.forget_chapters() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM packaging.object_chapters WHERE tenant_id = NEW.tenant_id AND object_id = NEW.id;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.forget_chapters FROM PUBLIC;

CREATE OR REPLACE TRIGGER forget_chapters AFTER UPDATE OF state ON packaging.objects
    FOR EACH ROW WHEN (NEW.state <> 'live')
    EXECUTE FUNCTION packaging.forget_chapters();
