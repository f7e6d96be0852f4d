-- Whether a received book and a project have much in common: at least half of the project's segments have a text or audio
-- that the received book has, too. So a book whose folder was moved is recognised, and one that only has the same title is
-- not. A project without segments has nothing that an import could destroy.
--
-- Called by commit_import.
-- Locks: none; the caller has locked the project.
CREATE OR REPLACE FUNCTION packaging.is_same_book(p_tenant uuid, p_import uuid, p_project uuid) RETURNS boolean
LANGUAGE sql STABLE SET enable_nestloop = off SET enable_mergejoin = off
AS $$
    SELECT 2 * count(*) FILTER (WHERE t.text IS NOT NULL OR a.sha256 IS NOT NULL) >= count(*)
    FROM packaging.segments AS s
        LEFT JOIN (
            SELECT DISTINCT text FROM packaging.import_segments
            WHERE tenant_id = p_tenant AND import_id = p_import AND text <> ''
        ) AS t ON t.text = s.text
        LEFT JOIN (
            SELECT DISTINCT wanted_audio_sha256 AS sha256 FROM packaging.import_segments
            WHERE tenant_id = p_tenant AND import_id = p_import AND wanted_audio_sha256 IS NOT NULL
        ) AS a ON a.sha256 = s.wanted_audio_sha256
    WHERE s.tenant_id = p_tenant AND s.project_id = p_project
$$;

REVOKE EXECUTE ON FUNCTION packaging.is_same_book FROM PUBLIC;
GRANT EXECUTE ON FUNCTION packaging.is_same_book TO packaging_app;
