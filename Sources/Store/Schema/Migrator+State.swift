package import Model
import Postgres

/// What the role of a client is allowed to do with the schema.
package struct SchemaRights: Sendable, Hashable {
    /// The role that the client works as.
    package var role: String
    /// Whether the schema exists.
    package var hasSchema: Bool
    /// Whether the role may apply migrations: it owns the schema, or there is no schema and it may create one.
    package var mayMigrate: Bool
    /// Whether the role is, or may become, ``StoreRole/application``.
    package var mayServe: Bool
}

extension Migrator {
    /// What the database has and lacks. Changes nothing and waits for no lock.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` and reason `DATABASE_BEHIND` if the client may not
    ///   read the record, as in a database of a release before 0.1.
    package func state() async throws(PackagingError) -> SchemaState {
        try await wrapped {
            try await client.withTransaction { try await state($0) }
        }
    }

    /// What the role of this client is allowed to do with the schema.
    package func rights() async throws(PackagingError) -> SchemaRights {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT current_user::text AS role, n.oid IS NOT NULL AS has_schema,
                    coalesce(
                        pg_has_role(current_user, n.nspowner, 'USAGE'),
                        has_database_privilege(current_database(), 'CREATE')
                            AND (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
                    ) AS may_migrate,
                    coalesce(
                        (SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles
                         WHERE rolname = \(StoreRole.application)),
                        false
                    ) AS may_serve
                FROM (VALUES (1)) AS one LEFT JOIN pg_namespace n ON n.nspname = 'packaging'
                """
            )
            return SchemaRights(
                role: try rows[0].decode("role"),
                hasSchema: try rows[0].decode("has_schema"),
                mayMigrate: try rows[0].decode("may_migrate"),
                mayServe: try rows[0].decode("may_serve")
            )
        }
    }

    func state(_ transaction: PostgresTransaction) async throws -> SchemaState {
        var (migrations, functions): ([PostgresRow], [PostgresRow]) = ([], [])
        if try await isReadable("schema_migrations", transaction) {
            migrations = try await transaction.query(SchemaRecord.selectMigrations)
        }
        if try await isReadable("schema_functions", transaction) {
            functions = try await transaction.query(SchemaRecord.selectFunctions)
        }
        return SchemaState(
            try SchemaRecord(migrations: migrations, functions: functions),
            migrations: self.migrations,
            functions: self.functions,
            release: release
        )
    }

    /// Whether there is a table of this name. This asks the catalogue, which every role may read.
    ///
    /// - Throws: ``PackagingError`` if the table exists and this role may not read it.
    func isReadable(_ table: String, _ transaction: PostgresTransaction) async throws -> Bool {
        let rows = try await transaction.query(
            """
            SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'packaging' AND c.relname = \(table)::name
            """
        )
        guard let row = rows.first else { return false }
        guard try row.decode(Bool.self, "readable") else {
            throw PackagingError.databaseBehind("the database does not show this role which migrations it has")
        }
        return true
    }

    /// How long a claim holds a job, in seconds; nil if the database has no such setting yet.
    package func lease() async throws(PackagingError) -> Int? {
        try await wrapped {
            try await client.withTransaction { transaction in
                guard try await isReadable("queue_settings", transaction) else { return nil }
                let rows = try await transaction.query("SELECT lease_seconds FROM packaging.queue_settings")
                return try rows.first.map { Int(try $0.decode(Int32.self, "lease_seconds")) }
            }
        }
    }

    /// The days for which rows about the past are kept; nil if the database is from before they were settings.
    package func retention() async throws(PackagingError) -> Retention? {
        try await wrapped {
            try await client.withTransaction { transaction in
                guard try await isReadable("queue_settings", transaction) else { return nil }
                return try await QueueSettings.retention(in: transaction)
            }
        }
    }
}
