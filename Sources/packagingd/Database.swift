import Logging
import Model
import Postgres
import PrivatePostgres
import Processes
import Store

/// The database of one daemon, migrated: a private server, or one that others run.
struct Database: Sendable {
    /// Asks as the role that row level security binds.
    let client: PostgresClient
    private let server: PrivatePostgres?

    /// Opens the database that `settings` name, starting a private server if they name none.
    ///
    /// - Throws: ``PackagingError`` if it cannot be reached or migrated.
    static func open(_ settings: DaemonSettings, launcher: Launcher, logger: Logger) async throws -> Database {
        if let url = settings.databaseURL {
            try await migrate(PostgresConfiguration(url: url), logger: logger)
            // The URL's user owns the tables, and policies do not bind an owner that says so.
            let application = PostgresConfiguration(url: url, role: StoreRole.application)
            return Database(client: PostgresClient(configuration: application, logger: logger), server: nil)
        }
        let server: PrivatePostgres
        do throws(PrivatePostgresError) {
            server = try await PrivatePostgres.start(
                PrivatePostgresConfiguration(stateFolder: settings.state.path),
                launcher: launcher,
                logger: logger
            )
        } catch {
            throw PackagingError(
                .failedPrecondition,
                error.message,
                detail: error.detail,
                hint: error.hint,
                cause: error
            )
        }
        do {
            try await migrate(server.owner, logger: logger)
        } catch {
            await server.stop()
            throw error
        }
        return Database(client: PostgresClient(configuration: server.app, logger: logger), server: server)
    }

    private static func migrate(_ configuration: PostgresConfiguration, logger: Logger) async throws {
        let owner = PostgresClient(configuration: configuration, logger: logger)
        let result: Result<Int, any Error>
        do {
            result = .success(try await Migrator(client: owner, logger: logger).migrate())
        } catch {
            result = .failure(error)
        }
        await owner.close()
        let steps = try result.get()
        if steps > 0 { logger.info("migrated the database", metadata: ["steps": "\(steps)"]) }
    }

    /// Waits until the task is cancelled, then closes; fails if the private server ends before.
    func run() async throws {
        guard let server else { return await client.run() }
        try await withThrowingTaskGroup { group in
            group.addTask { await client.run() }
            group.addTask { try await server.run() }
            // The connections are closed first, so that the server stops with nobody on it.
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
        await server.stop()
    }

    /// Closes what ``open(_:launcher:logger:)`` opened.
    func close() async {
        await client.close()
        await server?.stop()
    }
}
