-- Makes a slug from a title: letters become lower case, accents and apostrophes are dropped, and each run of other
-- characters than a-z and 0-9 becomes one "-", but none at the ends. A slug has 1 to 64 characters; it is "book" if
-- nothing is left.
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
