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
import Watch

/// One daemon: everything is built here, and the parts know each other only by what they are given.
struct Daemon: Sendable {
    let settings: DaemonSettings
    let logger: Logger

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: ``PackagingError`` if the daemon cannot start.
    func run() async throws {
        // It holds the lock on its folder, which other daemons must find taken until this one has ended.
        defer { extendLifetime(settings.state) }
        // Every worker under way holds up to 32 segments open on our side.
        try starting("the daemon") { try OpenFileLimit.raise() }
        let launcher = try starting("the launcher of child processes") { try Launcher() }
        let database = try await Database.open(settings, launcher: launcher, logger: logger)
        do {
            try await serve(database, launcher: launcher)
        } catch {
            await database.close()
            throw error
        }
    }

    private func serve(_ database: Database, launcher: Launcher) async throws {
        let means = try await DaemonMeans(settings, database, launcher, logger)
        let parts = DaemonParts(settings, database, means, logger)
        await parts.health.lookOnce()
        let addresses = try await listen(on: parts.server, database, means)
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)

        // In the order of dependence; they are stopped in reverse, each before the next.
        let group = serviceGroup([
            Part { try await database.run() },
            Part { await means.wakeUps.run() },
            Part { await parts.measuring.run() },
            Part { await parts.feed.run() },
            Part { await parts.cleaner.run() },
            Part { await parts.rescuer.run() },
            Part { await parts.watchHealth() },
            Part(stop: { parts.queue.beginGracefulShutdown() }) { await parts.runJobs() },
            Part {
                manager.tellStopping()
                parts.beginTurningAway()
            } run: {
                await parts.server.run()
            },
        ])
        manager.tellReady("listening on \(addresses)")
        try await withStopSignals(logger: logger) {
            await group.triggerGracefulShutdown()
        } run: {
            try await group.run()
        }
        logger.info("stopped")
    }

    /// Opens the sockets, and tells of it.
    ///
    /// - Returns: The addresses, for people.
    private func listen(on server: RPCServer, _ database: Database, _ means: DaemonMeans) async throws -> String {
        for path in settings.sockets { _ = try await server.bind(to: .unix(path: path)) }
        let addresses = settings.sockets.map { "unix:" + $0 }.joined(separator: ",")
        let databaseName = try await database.description()
        let lease = try await means.store.jobs.lease()
        logger.info(
            "listening",
            metadata: [
                "address": "\(addresses)", "version": "\(Release.version)", "pid": "\(getpid())",
                "state": "\(settings.state.path)", "database": "\(databaseName)",
                "blobs": "file://\(settings.blobs)", "lease": "\(lease.components.seconds)s",
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

/// Runs one step of the start, and tells in whose name it failed.
func starting<Value>(_ what: String, _ body: () throws -> Value) throws(PackagingError) -> Value {
    do {
        return try body()
    } catch {
        throw PackagingError(.failedPrecondition, "could not start \(what): \(error)", cause: error)
    }
}
