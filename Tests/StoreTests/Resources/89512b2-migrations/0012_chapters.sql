-- Where chapters lie in packages, so that a later package can copy them.

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

-- The chapters of an object go with its bytes; the object's row may stay to tell of it.
CREATE FUNCTION packaging.forget_chapters() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM packaging.object_chapters WHERE tenant_id = NEW.tenant_id AND object_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_chapters AFTER UPDATE OF state ON packaging.objects
    FOR EACH ROW WHEN (NEW.state <> 'live')
    EXECUTE FUNCTION packaging.forget_chapters();

-- A package gets another object only when its bytes are copied elsewhere: the chapters lie there as they did here.
CREATE FUNCTION packaging.move_chapters() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE packaging.object_chapters SET object_id = NEW.object_id
    WHERE tenant_id = NEW.tenant_id AND object_id = OLD.object_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER move_chapters AFTER UPDATE OF object_id ON packaging.packages
    FOR EACH ROW WHEN (OLD.object_id <> NEW.object_id)
    EXECUTE FUNCTION packaging.move_chapters();

REVOKE EXECUTE ON FUNCTION packaging.forget_chapters(), packaging.move_chapters() FROM PUBLIC;
