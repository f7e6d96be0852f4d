import Logging
import Model
import Postgres
import PrivatePostgres
import Processes
import Store

/// The migrated database of one daemon: either a private server, or one that the daemon does not run itself.
struct Database: Sendable {
    /// The client. It works as the role that row level security binds.
    let client: PostgresClient
    /// The same for what keeps the queue alive, so that it never waits behind other statements.
    let queue: PostgresClient
    /// The server of our own; nil if the daemon does not run it itself.
    let server: PrivatePostgres?

    /// The database that `configuration` reaches.
    private init(_ configuration: PostgresConfiguration, server: PrivatePostgres?, logger: Logger) {
        client = PostgresClient(configuration: configuration, logger: logger)
        queue = PostgresClient(configuration: configuration.forQueue, logger: logger)
        self.server = server
    }

    /// Opens the database that `settings` name, starting a private server if they name none.
    ///
    /// - Throws: ``PackagingError`` if the database cannot be reached, or if it has another schema than this program
    ///   and cannot be migrated.
    static func open(_ settings: DaemonSettings, launcher: Launcher, logger: Logger) async throws -> Database {
        if let login = settings.database {
            try await prepare(login, migrates: settings.migrates, logger: logger)
            // The user of the URL may own the tables, and an owner can switch the policies off. So the daemon becomes
            // the application role, which cannot.
            let application = login.configuration(role: StoreRole.application)
            return Database(application, server: nil, logger: logger)
        }
        let server = try await startPrivate(settings.state.path, launcher: launcher, logger: logger)
        do {
            _ = try await withMigrator(server.owner, logger: logger) { try await $0.migrate() }
        } catch {
            await server.stop()
            throw error
        }
        return Database(server.app, server: server, logger: logger)
    }

    /// Checks that the database has the schema of this program, or migrates it, and checks that its user may serve.
    private static func prepare(_ login: DatabaseLogin, migrates: Bool, logger: Logger) async throws {
        try await withDatabase(login, logger: logger) { migrator in
            var rights = try await migrator.rights()
            if migrates && rights.mayMigrate {
                try await migrator.migrate()
                rights = try await migrator.rights()
            }
            guard rights.mayServe || !rights.hasSchema else {
                throw PackagingError(
                    .failedPrecondition,
                    "role \"\(rights.role)\" may not serve: it is no member of \"\(StoreRole.application)\"",
                    reason: "ROLE_REFUSED",
                    hint: "Run \"GRANT \(StoreRole.application) TO \(rights.role)\" as the owner of the schema."
                )
            }
            // The daemons of a team often have no right to migrate. Then somebody else migrates, and the daemon checks
            // the result.
            try await migrator.state().check()
        }
    }

    /// Gives `body` a migrator for a database that the daemon does not run itself.
    ///
    /// - Throws: ``PackagingError`` that says which source named the database, if the fault is in that value.
    static func withDatabase<Value>(
        _ login: DatabaseLogin,
        logger: Logger,
        _ body: (Migrator) async throws -> Value
    ) async throws -> Value {
        do {
            return try await withMigrator(login.configuration(), logger: logger, body)
        } catch var error as PackagingError {
            guard let cause = error.cause as? PostgresError else { throw error }
            switch cause.kind {
            case .misuse:
                // The cause does not quote the URL, because it may contain a password.
                error.message = "the database that \(login.origin) names cannot be parsed"
                error.hint = "It is a URL such as postgresql://user@host/database, or key=value pairs as in libpq."
            case .connection:
                error.message = "could not use the database that \(login.origin) names"
            default: break
            }
            throw error
        }
    }

    /// Gives `body` a migrator over a connection that is closed afterwards.
    static func withMigrator<Value>(
        _ configuration: PostgresConfiguration,
        logger: Logger,
        _ body: (Migrator) async throws -> Value
    ) async throws -> Value {
        var configuration = configuration
        // A migration may take long, and may wait for another one.
        configuration.answerTimeout = nil
        return try await PostgresClient.withOneConnection(configuration, logger: logger) { client in
            try await body(Migrator(client: client, logger: logger))
        }
    }

    /// The name of the database for the operator: `private`, or the database's name, user and release.
    func description() async throws -> String {
        guard server == nil else { return "private" }
        let rows = try await client.query(
            "SELECT format('%s as %s on %s', current_database(), session_user, current_setting('server_version')) AS name"
        )
        return try rows[0].decode("name")
    }

    /// Waits until the task is cancelled, then closes the connections. A private server that ends before that is started
    /// again.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await client.run() }
            group.addTask { await queue.run() }
            if let server { group.addTask { await server.run() } }
        }
    }

    /// Closes what ``open(_:launcher:logger:)`` opened.
    func close() async {
        await queue.close()
        await client.close()
        await server?.stop()
    }
}

extension PostgresConfiguration {
    /// The same server for claims, beats, sweeps and the look at the database: few connections and short times. What
    /// must be done within a part of the lease has a still shorter limit of its own.
    fileprivate var forQueue: Self {
        var configuration = self
        // A beat, a beat that was asked for, a sweep or a claim, and the look at the database.
        configuration.maximumConnections = 4
        configuration.connectTimeout = .seconds(2)
        configuration.acquireTimeout = .seconds(3)
        configuration.lockTimeout = .seconds(2)
        configuration.statementTimeout = .seconds(4)
        configuration.cancelTimeout = .seconds(1)
        configuration.answerTimeout = .seconds(5)
        return configuration
    }
}
