import Postgres

/// A schema as the catalogues describe it, one line for each thing, so that two databases can be compared.
enum CatalogDescription {
    /// Tables, sequences, columns, constraints, indexes and policies.
    static func tables(_ client: PostgresClient) async throws -> [String] {
        try await lines(
            client,
            """
            SELECT format('%s %s owned by %s, %s, row level security %s forced %s, grants %s', relkind, relname,
                relowner::regrole, reloptions, relrowsecurity, relforcerowsecurity,
                (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(relacl) AS a)) AS line
            FROM pg_class WHERE relnamespace = 'packaging'::regnamespace AND relkind IN ('r', 'S', 'v')
            UNION ALL
            SELECT format('column %s %s %s %s, not null %s, default %s, identity %s, grants %s', relname,
                row_number() OVER (PARTITION BY relname ORDER BY attnum), attname, format_type(atttypid, atttypmod),
                attnotnull, pg_get_expr(adbin, adrelid), attidentity,
                (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(attacl) AS a))
            FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
                LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE relnamespace = 'packaging'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'packaging'::regnamespace AND contype <> 't'
            UNION ALL
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'packaging'
            UNION ALL
            SELECT format('policy %s %s %s %s %s %s %s', tablename, policyname, permissive, roles, cmd, qual, with_check)
            FROM pg_policies WHERE schemaname = 'packaging'
            UNION ALL
            SELECT format('schema %s owned by %s, grants %s', nspname, nspowner::regrole,
                (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(nspacl) AS a))
            FROM pg_namespace WHERE nspname = 'packaging'
            """
        )
    }

    /// Routines with their texts, owners and grants, and triggers.
    static func routines(_ client: PostgresClient) async throws -> [String] {
        try await lines(
            client,
            """
            SELECT format('%s owned by %s, grants %s', pg_get_functiondef(oid), proowner::regrole,
                (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(proacl) AS a)) AS line
            FROM pg_proc WHERE pronamespace = 'packaging'::regnamespace
            UNION ALL
            SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid
            WHERE relnamespace = 'packaging'::regnamespace AND NOT tgisinternal
            """
        )
    }

    private static func lines(_ client: PostgresClient, _ query: String) async throws -> [String] {
        try await client.query(SQL(unescaped: query)).map { try $0.decode(String.self, "line") }.sorted()
    }
}
