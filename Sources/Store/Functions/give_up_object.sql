-- Has the bytes of an object removed when the object is given up. Refuses to give up an object that a package refers
-- to.
--
-- Trigger on objects.
-- Locks: the row in blob_removals that it inserts.
--
-- A removal is first written to a row and then carried out, and it is repeated after a crash. So no row ever refers to
-- missing bytes, and there are no bytes that no row names.
CREATE OR REPLACE FUNCTION packaging.give_up_object() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_now constant timestamptz := packaging.now();
BEGIN
    IF EXISTS (SELECT FROM packaging.packages WHERE tenant_id = NEW.tenant_id AND object_id = NEW.id) THEN
        RAISE EXCEPTION 'cannot delete object "%": a package refers to it', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO packaging.blob_removals (tenant_id, blob_container, blob_path, created_at, due_at)
    VALUES (NEW.tenant_id, NEW.blob_container, NEW.blob_path, v_now, v_now);
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION packaging.give_up_object FROM PUBLIC;

CREATE OR REPLACE TRIGGER give_up_object AFTER UPDATE OF state ON packaging.objects
    FOR EACH ROW
    WHEN (OLD.state = 'live' AND NEW.state = 'deleting')
    EXECUTE FUNCTION packaging.give_up_object();
