import Assets
import Housekeeping
import Jobs
import Logging
import Model
import Queue
import Server
import Services
import Speech
import Store
import TTRPC
import Watch

/// The parts of a daemon that run at the same time. Each part knows only the other parts that it is given here.
struct DaemonParts: Sendable {
    let measuring: AudioMeasuring
    let health: HealthService
    let queue: JobQueue
    let batches: BatchRunner
    let rescuer: Rescuer
    let cleaner: Cleaner
    let pruner: Pruner
    let feed: EventFeed
    let access: AccessService
    let server: RPCServer

    /// Builds the parts. None of them runs yet.
    init(_ settings: DaemonSettings, _ database: Database, _ means: DaemonMeans, _ logger: Logger) {
        let measuring = AudioMeasuring(concurrency: settings.workers, workers: means.workers)
        let health = Self.health(of: means, database, Self.disks(of: settings, means), logger)
        let releases = Releases(store: means.store.jobs, wakeUps: means.wakeUps, logger: logger)
        let queue = JobQueue(
            configuration: JobQueue.Configuration(
                instance: settings.state.instance,
                concurrency: max(2, settings.workers),
                grace: settings.grace
            ),
            store: means.store.jobs,
            gate: HealthGate {
                health.problem == nil
            } look: {
                await health.lookOnce()
            },
            releases: releases,
            wakeUps: means.wakeUps,
            logger: logger
        )
        let feed = EventFeed(
            events: means.store.events,
            jobs: means.store.jobs,
            client: database.client,
            logger: logger
        ) {
            queue.wake()
        }
        batches = BatchRunner(
            parts: BatchParts(
                store: means.store,
                blobs: means.blobs,
                scratch: means.scratch,
                workers: means.workers,
                speech: means.speech,
                encoderBuild: means.encoderBuild
            ),
            logger: logger
        )
        rescuer = Rescuer(
            store: means.store.jobs,
            releases: releases,
            wakeUps: means.wakeUps,
            logger: logger,
            lease: means.lease
        ) {
            queue.wake()
        }
        cleaner = Cleaner(
            store: means.store,
            blobs: means.blobs,
            probes: BlobProbe.container,
            logger: logger
        )
        pruner = Pruner(history: means.store.history, logger: logger)
        let access = AccessService(
            access: means.callersStore.access,
            tenants: means.callersStore.tenants,
            verifier: means.tokens,
            now: { SystemClock.now },
            logger: logger
        )
        let backend = Self.backend(means, access, measuring, feed, health)
        server = RPCServer(
            router: PackagingServer.router(backend),
            configuration: settings.serverLimits,
            logger: logger
        )
        self.measuring = measuring
        self.health = health
        self.queue = queue
        self.feed = feed
        self.access = access
    }

    /// Claims jobs and carries them out, until the queue was told to stop and the last job has ended.
    func runJobs() async {
        await queue.run { await batches.run($0) }
    }

    /// Checks the daemon's health, and wakes the queue when the daemon is healthy again.
    func watchHealth() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await health.run() }
            for await problem in health.changes() where problem == nil { queue.wake() }
        }
    }

    /// Refuses new calls, and ends the calls that would not end by themselves.
    func beginTurningAway() {
        // The server comes first: a client that learns of the stop must find that every new call is refused.
        server.beginGracefulShutdown()
        health.beginStopping()
        // Watchers go on at another daemon. Short calls are answered to the end.
        feed.end()
    }

    /// The disks that every job needs. Of a database that the daemon does not run itself, the database tells.
    private static func disks(of settings: DaemonSettings, _ means: DaemonMeans) -> DiskProbe {
        func disk(_ role: DiskProbe.Role, _ path: String) -> DiskProbe.Disk {
            DiskProbe.Disk(role) { try? await means.scratch.space(of: path) }
        }
        let database = settings.database == nil ? [disk(.database, settings.state.database)] : []
        return DiskProbe(database + [.blobs(means.blobs), disk(.scratch, settings.state.scratch)])
    }

    private static func health(
        of means: DaemonMeans,
        _ database: Database,
        _ disks: DiskProbe,
        _ logger: Logger
    ) -> HealthService {
        HealthService(
            probes: [
                // A full disk is what makes the others fail, so it is named before them.
                .init(reason: "DISK_UNAVAILABLE", every: .seconds(2)) { () throws(PackagingError) in
                    try await disks.look()
                },
                .init(reason: HealthService.databaseAway, every: means.lease.times.probeInterval) {
                    () throws(PackagingError) in
                    try await database.explaining { () throws(PackagingError) in
                        try await means.store.checkSchema(within: means.lease.times.probeLimit)
                    }
                },
                .init(reason: "BLOB_STORE_UNAVAILABLE", every: .seconds(15)) { () throws(PackagingError) in
                    try await BlobProbe.run(on: means.blobs)
                },
            ],
            logger: logger
        )
    }

    /// The services that answer the calls of clients.
    private static func backend(
        _ means: DaemonMeans,
        _ access: AccessService,
        _ measuring: AudioMeasuring,
        _ feed: EventFeed,
        _ health: HealthService
    ) -> PackagingServer.Backend {
        let store = means.callersStore
        return PackagingServer.Backend(
            access: access,
            tenants: TenantService(tenants: store.tenants),
            projects: ProjectService(projects: store.projects, audio: store.audio),
            audio: AudioService(
                projects: store.projects,
                audio: store.audio,
                blobs: means.blobs,
                scratch: means.scratch,
                measuring: measuring,
                workers: means.workers
            ),
            packaging: PackagingService(
                projects: store.projects,
                jobs: store.jobs,
                packages: store.packages,
                wakeUps: means.wakeUps,
                encoderBuild: means.encoderBuild,
                speechProviders: Set(means.speech.map(\.name))
            ),
            jobs: JobService(jobs: store.jobs, projects: store.projects, wakeUps: means.wakeUps),
            packages: PackageService(
                packages: store.packages,
                projects: store.projects,
                blobs: means.blobs,
                now: { SystemClock.now }
            ),
            manifests: ManifestService(projects: store.projects),
            validation: ValidationService(
                packages: store.packages,
                jobs: store.jobs,
                blobs: means.blobs,
                scratch: means.scratch,
                workers: means.workers
            ),
            feed: feed,
            health: health
        )
    }
}
