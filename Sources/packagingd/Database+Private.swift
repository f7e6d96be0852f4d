import Logging
import Model
import Postgres
import PrivatePostgres
import Processes
import Store

// The private server: how it is started, looked at, and explained.
extension Database {
    /// Starts the server of a state folder.
    static func startPrivate(
        _ stateFolder: String,
        launcher: Launcher,
        logger: Logger
    ) async throws(PackagingError) -> PrivatePostgres {
        do throws(PrivatePostgresError) {
            return try await PrivatePostgres.start(
                PrivatePostgresConfiguration(stateFolder: stateFolder),
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
    }

    /// Gives `body` a migrator for the private database in a state folder: over the server that a daemon runs on it, or
    /// over one that is started for this and stopped afterwards.
    ///
    /// - Throws: ``PackagingError`` if the folder has no database.
    static func withPrivateDatabase<Value>(
        _ stateFolder: String,
        logger: Logger,
        _ body: (Migrator) async throws -> Value
    ) async throws -> Value {
        let configuration = PrivatePostgresConfiguration(stateFolder: stateFolder)
        if let running = PrivatePostgres.running(configuration) {
            return try await withMigrator(running.owner, logger: logger, body)
        }
        guard PrivatePostgres.exists(configuration) else {
            throw PackagingError(
                .failedPrecondition,
                "the state folder \"\(stateFolder)\" has no database",
                hint: "Name the folder with --state-dir, or a server of yours with --database-url. "
                    + "\"packagingd serve\" makes a private database at its first start."
            )
        }
        let launcher = try starting("the launcher of child processes") { try Launcher() }
        let server = try await startPrivate(stateFolder, launcher: launcher, logger: logger)
        do {
            let value = try await withMigrator(server.owner, logger: logger, body)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Runs `body`. If it finds the private server away, the error names the server's log.
    func explaining(_ body: () async throws(PackagingError) -> Void) async throws(PackagingError) {
        guard let server else { return try await body() }
        // Nobody has to wait for connections to a server that is known not to run.
        if let outage = server.outage { throw Self.explained(PackagingError(.unavailable, outage.message), server) }
        do throws(PackagingError) {
            try await body()
        } catch  where error.code == .unavailable {
            throw Self.explained(error, server)
        }
    }

    private static func explained(_ error: PackagingError, _ server: PrivatePostgres) -> PackagingError {
        var explained = error
        if let outage = server.outage { explained.message = outage.message }
        explained.hint =
            "The daemon starts its private Postgres again by itself, and serves again then. Its log is "
            + "\"\(server.logFile)\"."
        return explained
    }
}
