public import Logging
public import Model
public import Postgres

/// Brings a database to the schema of this program.
public struct Migrator: Sendable {
    private let client: PostgresClient
    private let logger: Logger
    private let migrations: [Migration]

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
    /// - Returns: The number of steps that were applied; zero when the database was up to date.
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the database is newer than this program, or an
    ///   applied step is not the one this program knows.
    public func migrate() async throws(PackagingError) -> Int {
        // A long step waits for long readers, and is better than one that gives up halfway each time.
        let patience = [
            ("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
        ]
        return try await wrapped {
            try await client.withTransaction(settings: patience) { transaction in
                // The number is arbitrary; it only has to be the same in every release.
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(6202512230001)")
                let applied = try await prepare(transaction)
                var count = 0
                for migration in migrations where applied[migration.version] == nil {
                    try await apply(migration, in: transaction)
                    count += 1
                }
                return count
            }
        }
    }

    /// Makes room for the record of what was applied, and checks it against what this program knows.
    private func prepare(_ transaction: PostgresTransaction) async throws -> [Int: String] {
        let exists = try await transaction.query(
            "SELECT to_regclass('packaging.schema_migrations') IS NOT NULL AS exists"
        )
        if try exists.first?.decode(Bool.self, "exists") != true {
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
        var applied: [Int: String] = [:]
        for row in try await transaction.query("SELECT version, name, sha256 FROM packaging.schema_migrations") {
            let version = Int(try row.decode(Int32.self, "version"))
            let name = try row.decode(String.self, "name")
            guard let known = migrations.first(where: { $0.version == version }) else {
                throw PackagingError(
                    .failedPrecondition,
                    "the database is newer than this program: it has migration \(version) (\"\(name)\")",
                    reason: "DATABASE_NEWER",
                    hint: "Start the release that made it, or a later one."
                )
            }
            let same = try await transaction.query(
                "SELECT sha256(\(Array(known.script.utf8))) = \(try row.decode(Digest.self, "sha256")) AS same"
            )
            guard try same.first?.decode(Bool.self, "same") == true else {
                throw PackagingError(
                    .failedPrecondition,
                    "migration \(version) (\"\(name)\") of the database is not the one of this program",
                    reason: "MIGRATION_CHANGED"
                )
            }
            applied[version] = name
        }
        return applied
    }

    private func apply(_ migration: Migration, in transaction: PostgresTransaction) async throws {
        logger.info("Migrating the database", metadata: ["migration": "\(migration.version) \(migration.name)"])
        try await transaction.executeScript(migration.script)
        try await transaction.execute(
            """
            INSERT INTO packaging.schema_migrations (version, name, sha256)
            VALUES (\(migration.version), \(migration.name), sha256(\(Array(migration.script.utf8))))
            """
        )
    }
}
