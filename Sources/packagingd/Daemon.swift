import Assets
import Blobs
import Foundation
import Housekeeping
import Jobs
import Logging
import Model
import Postgres
import PrivatePostgres
import Processes
import Queue
import Server
import ServiceLifecycle
import Services
import Speech
import Store
import TTRPC
import Watch
import Workers

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
        let store = Store(client: database.client)
        try await store.checkRole()
        if let previous = settings.state.previousInstance {
            let count = try await store.jobs.abandon(owner: previous)
            if count > 0 { logger.notice("took back jobs of the last start", metadata: ["jobs": "\(count)"]) }
        }
        let blobs = try starting("the blob store") { try FileBlobStore(root: settings.blobs) }
        let scratch = try ScratchSpace(root: settings.state.scratch)
        let workers = try await startWorkers(launcher)
        let encoderBuild = workers.description.encoderBuild

        let speech = await speechProviders(launcher)
        let wakeUps = WakeUps(store: store, logger: logger)
        let measuring = AudioMeasuring(concurrency: settings.workers, workers: workers.pool)
        let health = HealthService(
            probes: [
                .init(reason: "DATABASE_UNAVAILABLE", every: .seconds(2)) { () throws(PackagingError) in
                    try await store.checkSchema()
                },
                .init(reason: "BLOB_STORE_UNAVAILABLE", every: .seconds(15)) { () throws(PackagingError) in
                    try await BlobProbe.run(on: blobs)
                },
            ],
            logger: logger
        )
        let releases = Releases(store: store.jobs, wakeUps: wakeUps, logger: logger)
        let queue = JobQueue(
            configuration: JobQueue.Configuration(
                instance: settings.state.instance,
                concurrency: max(2, settings.workers),
                grace: settings.grace
            ),
            store: store.jobs,
            gate: HealthGate {
                health.problem == nil
            } look: {
                await health.lookOnce()
            },
            releases: releases,
            wakeUps: wakeUps,
            logger: logger
        )
        let batches = BatchRunner(
            parts: BatchParts(
                store: store,
                blobs: blobs,
                scratch: scratch,
                workers: workers.pool,
                speech: speech,
                encoderBuild: encoderBuild
            ),
            logger: logger
        )
        let rescuer = Rescuer(store: store.jobs, releases: releases, wakeUps: wakeUps, logger: logger) {
            queue.wake()
        }
        let cleaner = Cleaner(store: store, blobs: blobs, logger: logger)
        let feed = EventFeed(events: store.events, jobs: store.jobs, client: database.client, logger: logger) {
            queue.wake()
        }
        await health.lookOnce()
        let router = PackagingServer.router(
            PackagingServer.Backend(
                tenants: TenantService(tenants: store.tenants),
                projects: ProjectService(projects: store.projects, audio: store.audio),
                audio: AudioService(
                    projects: store.projects,
                    audio: store.audio,
                    blobs: blobs,
                    scratch: scratch,
                    measuring: measuring,
                    workers: workers.pool
                ),
                packaging: PackagingService(
                    projects: store.projects,
                    jobs: store.jobs,
                    wakeUps: wakeUps,
                    encoderBuild: encoderBuild,
                    speechProviders: Set(speech.map(\.name))
                ),
                jobs: JobService(jobs: store.jobs, projects: store.projects, wakeUps: wakeUps),
                packages: PackageService(packages: store.packages, projects: store.projects, blobs: blobs),
                manifests: ManifestService(projects: store.projects),
                validation: ValidationService(
                    packages: store.packages,
                    jobs: store.jobs,
                    blobs: blobs,
                    scratch: scratch,
                    workers: workers.pool
                ),
                feed: feed,
                health: health
            )
        )
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
        let server = RPCServer(router: router, logger: logger)
        for path in settings.sockets { _ = try await server.bind(to: .unix(path: path)) }
        let addresses = settings.sockets.map { "unix:" + $0 }.joined(separator: ",")
        let databaseName = try await database.description()
        let lease = try await store.jobs.lease()
        logger.info(
            "listening",
            metadata: [
                "address": "\(addresses)", "version": "\(Release.version)", "pid": "\(getpid())",
                "state": "\(settings.state.path)", "database": "\(databaseName)",
                "blobs": "file://\(settings.blobs)", "lease": "\(lease.components.seconds)s",
            ]
        )

        // In the order of dependence; they are stopped in reverse, each before the next.
        let group = serviceGroup([
            Part { try await database.run() },
            Part { await wakeUps.run() },
            Part { await measuring.run() },
            Part { await feed.run() },
            Part { await cleaner.run() },
            Part { await rescuer.run() },
            Part {
                await withDiscardingTaskGroup { group in
                    group.addTask { await health.run() }
                    for await problem in health.changes() where problem == nil { queue.wake() }
                }
            },
            Part(stop: { queue.beginGracefulShutdown() }) {
                await queue.run { await batches.run($0) }
            },
            Part {
                manager.tellStopping()
                // Before anybody is told: whoever has heard of the stop finds every new call turned away.
                server.beginGracefulShutdown()
                health.beginStopping()
                // Watchers go on elsewhere; who calls briefly is answered to the end.
                feed.end()
            } run: {
                await server.run()
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

    private func serviceGroup(_ parts: [Part]) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: parts.map { .init(service: $0) },
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.grace + .seconds(60)
        return ServiceGroup(configuration: configuration)
    }

    /// Who can speak here. Nobody is needed until a book wants it.
    private func speechProviders(_ launcher: Launcher) async -> [any SpeechProvider] {
        do {
            guard let espeak = try await EspeakNG.installed(launcher: launcher) else {
                logger.notice("espeak-ng is not installed: missing audio cannot be generated")
                return []
            }
            logger.info("speech starts", metadata: ["provider": "espeak", "version": "\(espeak.version)"])
            return [espeak]
        } catch {
            logger.warning("could not start espeak-ng", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Makes the pool of workers and sees that one starts and how well it is closed in.
    private func startWorkers(_ launcher: Launcher) async throws -> (pool: WorkerPool, description: WorkerDescription) {
        let executable = try starting("packaging-worker") { try WorkerProgram.ofThisProcess() }
        var configuration = WorkerConfiguration(executable: executable)
        configuration.processes = settings.workers
        let pool = WorkerPool(configuration: configuration, launcher: launcher, logger: logger)
        do throws(WorkerError) {
            let description = try await pool.describe()
            logger.info(
                "workers start",
                metadata: [
                    "processes": "\(settings.workers)",
                    "confinement": "\(description.confinement.joined(separator: ","))",
                    "encoders": "\(description.encoderBuild)",
                ]
            )
            return (pool, description)
        } catch {
            throw PackagingError(
                .failedPrecondition,
                "could not start \"\(executable)\": \(error)",
                hint: "Every user must be able to read and run it.",
                cause: error
            )
        }
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

/// One long-lived part of the daemon. Told to stop, it is stopped by `stop` and ends by itself; without one it is cancelled.
private struct Part: Service {
    private let stop: (@Sendable () -> Void)?
    private let body: @Sendable () async throws -> Void

    init(stop: (@Sendable () -> Void)? = nil, run body: @escaping @Sendable () async throws -> Void) {
        self.stop = stop
        self.body = body
    }

    func run() async throws {
        guard let stop else {
            return try await cancelWhenGracefulShutdown { try await body() }
        }
        try await withGracefulShutdownHandler {
            try await body()
        } onGracefulShutdown: {
            stop()
        }
    }
}
