public import Logging
public import Model
public import Postgres

/// Brings a database to the schema of this program.
public struct Migrator: Sendable {
    let client: PostgresClient
    let migrations: [Migration]
    private let logger: Logger

    /// A migrator over a client that owns the schema or may create it.
    ///
    /// The client's role needs CREATE on the database and CREATEROLE on the server; it need not be a superuser.
    public init(client: PostgresClient, logger: Logger) {
        self.init(client: client, logger: logger, migrations: Migration.all)
    }

    init(client: PostgresClient, logger: Logger, migrations: [Migration]) {
        self.client = client
        self.logger = logger
        self.migrations = migrations
    }

    /// Applies what the database lacks: all of it or nothing. Daemons that start at once wait for each other.
    ///
    /// - Returns: The steps that were applied; none when the database was up to date.
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the database is newer than this program, or an
    ///   applied step is not the one this program knows.
    @discardableResult
    public func migrate() async throws(PackagingError) -> [SchemaStep] {
        // A long step waits for long readers, and is better than one that gives up halfway each time.
        let patience = [
            ("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
        ]
        return try await wrapped {
            try await client.withTransaction(settings: patience) { transaction in
                // The number is arbitrary; it only has to be the same in every release.
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(6202512230001)")
                try await makeRecord(transaction)
                let state = try await state(transaction)
                try state.checkKnown()
                for migration in migrations where state.pending.contains(migration.step) {
                    try await apply(migration, in: transaction)
                }
                return state.pending
            }
        }
    }

    /// Makes room for the record of what was applied, if there is none.
    private func makeRecord(_ transaction: PostgresTransaction) async throws {
        guard try await !hasRecord(transaction) else { return }
        try await transaction.executeScript(
            """
            CREATE SCHEMA packaging;
            CREATE TABLE packaging.schema_migrations (
                version integer PRIMARY KEY,
                name text NOT NULL,
                sha256 bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            ALTER TABLE packaging.schema_migrations ENABLE ROW LEVEL SECURITY;
            """
        )
    }

    private func apply(_ migration: Migration, in transaction: PostgresTransaction) async throws {
        logger.info("migrating the database", metadata: ["migration": "\(migration.step)"])
        try await transaction.executeScript(migration.script)
        try await transaction.execute(
            """
            INSERT INTO packaging.schema_migrations (version, name, sha256)
            VALUES (\(migration.version), \(migration.name), sha256(\(Array(migration.script.utf8))))
            """
        )
    }
}
