-- Moves the rows about chapters to the new object of a package. A package gets another object only if its bytes were
-- copied to another location, and the chapters have the same positions in the copy.
--
-- Trigger on packages.
-- Locks: the rows in object_chapters.
CREATE OR REPLACE FUNCTION packaging.move_chapters() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE packaging.object_chapters SET object_id = NEW.object_id
    WHERE tenant_id = NEW.tenant_id AND object_id = OLD.object_id;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.move_chapters FROM PUBLIC;

CREATE OR REPLACE TRIGGER move_chapters AFTER UPDATE OF object_id ON packaging.packages
    FOR EACH ROW WHEN (OLD.object_id <> NEW.object_id)
    EXECUTE FUNCTION packaging.move_chapters();
