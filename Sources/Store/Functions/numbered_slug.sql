-- The slug of the p_number-th book whose title gives the slug p_base: p_base itself for the first, then p_base with "-2",
-- "-3" and so on at its end, shortened where 64 characters would not suffice.
--
-- Called by commit_import.
-- Locks: none.
CREATE OR REPLACE FUNCTION packaging.numbered_slug(p_base text, p_number integer) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE p_number
        WHEN 1 THEN p_base
        ELSE rtrim(left(p_base, 63 - length(p_number::text)), '-') || '-' || p_number
    END
$$;

REVOKE EXECUTE ON FUNCTION packaging.numbered_slug FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.numbered_slug TO packaging_app;
