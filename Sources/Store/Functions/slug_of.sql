-- Makes a slug from a title: accents and apostrophes are dropped, and all other characters that are not letters or
-- digits become "-". A slug has 1 to 64 characters; it is "book" if nothing is left.
--
-- Called by commit_import.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.slug_of(p_title text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT COALESCE(NULLIF(btrim(left(btrim(regexp_replace(
        regexp_replace(lower(normalize(p_title, NFKD)), U&'[\0300-\036f''\2019]', '', 'g'),
        '[^a-z0-9]+', '-', 'g'
    ), '-'), 64), '-'), ''), 'book')
$$;

REVOKE EXECUTE ON FUNCTION packaging.slug_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.slug_of TO packaging_app;
