package import Logging
package import Model
package import Postgres

/// The changes that ``Migrator/migrate(lease:keeping:)`` made.
package struct SchemaChanges: Sendable, Hashable {
    /// The steps that were applied, in order.
    package var migrations: [SchemaStep] = []
    /// The changes to functions, in the order of their names.
    package var functions: [FunctionChange] = []
}

/// Brings a database to the schema of this program: its migrations, and then its functions.
package struct Migrator: Sendable {
    let client: PostgresClient
    let migrations: [Migration]
    let functions: [SchemaFunction]
    let release: String
    private let logger: Logger

    /// A migrator over a client that owns the schema or may create it.
    ///
    /// The client's role needs CREATE on the database and CREATEROLE on the server; it need not be a superuser.
    package init(client: PostgresClient, logger: Logger) {
        self.init(client: client, logger: logger, migrations: Migration.all, functions: SchemaFunction.all)
    }

    init(
        client: PostgresClient,
        logger: Logger,
        migrations: [Migration],
        functions: [SchemaFunction] = [],
        release: String = Release.version
    ) {
        self.client = client
        self.logger = logger
        self.migrations = migrations
        self.functions = functions
        self.release = release
    }

    /// Applies everything that the database lacks, or nothing. Daemons that start at the same time wait for each other.
    ///
    /// - Parameters:
    ///   - lease: How long a claim holds a job from now on, in seconds, within ``QueueSettings/leaseBounds``; unchanged
    ///     when nil.
    ///   - change: For how many days rows about the past are kept from now on.
    /// - Returns: The changes; empty if the database was up to date.
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the database is newer than this program or too
    ///   old for it, or if the text of an applied step differs from the one that this program knows.
    @discardableResult
    package func migrate(
        lease: Int? = nil,
        keeping change: Retention.Change = Retention.Change()
    ) async throws(PackagingError) -> SchemaChanges {
        // A long step has to wait for long readers. That is better than a step that gives up halfway each time.
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
                if state.isEarlierSchema { try await adoptEarlierSchema(transaction) }
                for migration in migrations where state.pending.contains(migration.step) {
                    try await apply(migration, in: transaction)
                }
                try await apply(state.functions, in: transaction)
                if let lease { try await QueueSettings.set(lease: lease, in: transaction) }
                try await QueueSettings.change(retention: change, in: transaction)
                return SchemaChanges(migrations: state.pending, functions: state.functions)
            }
        }
    }

    /// Creates the tables that record what was applied, if they do not exist.
    private func makeRecord(_ transaction: PostgresTransaction) async throws {
        guard try await !isReadable("schema_migrations", transaction) else { return }
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

    /// Replaces, in the record, the steps of commit 89512b2 by those of the baseline, which create the same tables.
    private func adoptEarlierSchema(_ transaction: PostgresTransaction) async throws {
        logger.info("upgrading a database of commit \(EarlierSchema.commit)")
        let last = Int32(EarlierSchema.migrations.map(\.step.version).max() ?? 0)
        try await transaction.execute("DELETE FROM packaging.schema_migrations WHERE version <= \(last)")
        for migration in Migration.baseline { try await record(migration, in: transaction) }
    }

    private func apply(_ migration: Migration, in transaction: PostgresTransaction) async throws {
        logger.info("migrating the database", metadata: ["migration": "\(migration.step)"])
        try await transaction.executeScript(migration.script)
        try await record(migration, in: transaction)
    }

    private func record(_ migration: Migration, in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            """
            INSERT INTO packaging.schema_migrations (version, name, sha256)
            VALUES (\(migration.version), \(migration.name), \(migration.digest))
            """
        )
    }

    private func apply(_ changes: [FunctionChange], in transaction: PostgresTransaction) async throws {
        guard !changes.isEmpty else { return }
        let count = changes.count
        logger.info("replacing functions of the database", metadata: ["functions": "\(count)"])
        try await FunctionReplacement(transaction: transaction, release: release).carryOut(changes, of: functions)
    }
}
