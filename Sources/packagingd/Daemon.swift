import Assets
import Foundation
import Housekeeping
import Logging
import Model
import Postgres
import PrivatePostgres
import Processes
import Queue
import ServiceLifecycle
import Services
import Store
import TTRPC
import Tokens
import Watch

/// One daemon. It builds all parts here, and each part knows only the other parts that it is given.
struct Daemon: Sendable {
    let settings: DaemonSettings
    let logger: Logger

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: ``PackagingError`` if the daemon cannot start.
    func run() async throws {
        // The state holds the lock on its folder. Other daemons must find the folder locked until this one has ended.
        defer { extendLifetime(settings.state) }
        // Each running worker keeps up to 32 segments open in the daemon's process.
        try starting("the daemon") { try OpenFileLimit.raise() }
        try warnOfFewFiles()
        try starting("the daemon") { try ReturnedMemory.enable() }
        let launcher = try starting("the launcher of child processes") { try Launcher() }
        let database = try await Database.open(settings, launcher: launcher, logger: logger)
        do {
            try await serve(database, launcher: launcher)
        } catch {
            await database.close()
            throw error
        }
    }

    /// Warns where the callers and workers may want more files than the process may open.
    private func warnOfFewFiles() throws(PackagingError) {
        let most = try starting("the daemon") { try OpenFileLimit.most() }
        let connections = FileNeed.connections(of: settings.serverLimits)
        let wanted = FileNeed.files(connections: connections, workers: settings.workers)
        guard most < UInt64(wanted) else { return }
        logger.warning(
            "the process may open few files",
            metadata: [
                "limit": "\(most)", "wanted": "\(wanted)",
                "hint": "Raise the hard limit (LimitNOFILE= in the unit), or lower --max-connections.",
            ]
        )
    }

    private func serve(_ database: Database, launcher: Launcher) async throws {
        let means = try await DaemonMeans(settings, database, launcher, logger)
        let parts = DaemonParts(settings, database, means, logger)
        await parts.health.lookOnce()
        let addresses = try await listen(on: parts.server, database, means)
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)

        // The parts are in the order of their dependence. They are stopped in reverse order, each one before the next.
        let certificates = settings.certificates.map { keeper in [Part { await keeper.run() }] } ?? []
        let group = serviceGroup(
            certificates + [
                Part { await database.run() },
                Part { await means.wakeUps.run() },
                Part { await means.verifier.run() },
                Part { await parts.measuring.run() },
                Part { await parts.feed.run() },
                Part { await parts.cleaner.run() },
                Part { await parts.pruner.run() },
                Part { await parts.rescuer.run() },
                Part { await parts.watchHealth() },
                Part { await parts.access.run() },
                Part(stop: { parts.queue.beginGracefulShutdown() }) { await parts.runJobs() },
                Part {
                    manager.tellStopping()
                    parts.beginTurningAway()
                } run: {
                    await parts.server.run()
                },
            ]
        )
        manager.tellReady("listening on \(addresses)")
        try await withStopSignals(logger: logger) {
            await group.triggerGracefulShutdown()
        } run: {
            try await group.run()
        }
        logger.info("stopped")
    }

    /// Opens the sockets, and logs that.
    ///
    /// - Returns: The addresses, as text for people.
    private func listen(on server: RPCServer, _ database: Database, _ means: DaemonMeans) async throws -> String {
        let addresses = try await ListenerOpening(settings, logger).open(on: server)
            .map(\.description).joined(separator: ",")
        let databaseName = try await database.description()
        let lease = means.lease.times.lease
        logger.info(
            "listening",
            metadata: [
                "address": "\(addresses)", "version": "\(Release.version)", "pid": "\(getpid())",
                "state": "\(settings.state.path)", "database": "\(databaseName)",
                "blobs": "\(settings.blobs.place)", "lease": "\(lease.components.seconds)s",
            ]
        )
        return addresses
    }

    private func serviceGroup(_ parts: [Part]) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: parts.map { .init(service: $0) },
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.grace + .seconds(60)
        return ServiceGroup(configuration: configuration)
    }
}

/// Runs one step of the start. The error names `what` if the step fails.
func starting<Value>(_ what: String, _ body: () throws -> Value) throws(PackagingError) -> Value {
    do {
        return try body()
    } catch {
        throw PackagingError(.failedPrecondition, "could not start \(what): \(error)", cause: error)
    }
}
