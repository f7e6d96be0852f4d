import Assets
import Blobs
import Logging
import Model
import Postgres
import Processes
import Queue
import Speech
import Store
import Tokens
import Workers

/// The resources that the parts of a daemon use: rows, blobs, scratch, workers, speech. None of them runs by itself.
struct DaemonMeans: Sendable {
    let store: Store
    /// The same rows for those who call: they are told soon that the database is away, where a job waits for it.
    let callersStore: Store
    /// The length of a lease, which the database has.
    let lease: CurrentLease
    let blobs: any BlobStore
    let scratch: ScratchSpace
    let workers: WorkerPool
    let speech: [any SpeechProvider]
    let wakeUps: WakeUps
    /// Checks the tokens of callers; nil where none are taken.
    let tokens: (any TokenVerifying)?
    /// Keeps the keys of tokens fresh.
    let verifier: TokenVerifier
    /// Identifies the build of the workers' encoders; part of every plan.
    let encoderBuild: String

    /// How long a call waits for a database that refuses connections, before health has noticed: a restart takes less.
    private static let callersPatience = Duration.seconds(2)

    /// Opens all resources, and gives back jobs that the previous start of this daemon still holds.
    ///
    /// - Throws: ``PackagingError`` that names the resource that cannot be used.
    init(
        _ settings: DaemonSettings,
        _ database: Database,
        _ launcher: Launcher,
        _ logger: Logger
    ) async throws {
        store = Store(client: database.client, queue: database.queue)
        let callers = database.client.failing(whenUnreachableFor: Self.callersPatience)
        callersStore = Store(client: callers, queue: database.queue)
        try await store.checkRole()
        lease = CurrentLease(try await store.jobs.lease())
        if let previous = settings.state.previousInstance {
            let count = try await store.jobs.abandon(owner: previous)
            if count > 0 { logger.notice("took back jobs of the last start", metadata: ["jobs": "\(count)"]) }
        }
        blobs = try starting("the blob store") { try settings.blobs.open() }
        scratch = try ScratchSpace(root: settings.state.scratch)
        let started = try await Self.startWorkers(settings.workers, launcher, logger)
        workers = started.pool
        encoderBuild = started.description.encoderBuild
        speech = await Self.speechProviders(launcher, logger)
        wakeUps = WakeUps(store: store, logger: logger)
        verifier = try await DaemonTokens.verifier(settings, logger)
        tokens = verifier
    }

    /// The installed speech providers. The daemon also starts without any, because only some books need one.
    private static func speechProviders(_ launcher: Launcher, _ logger: Logger) async -> [any SpeechProvider] {
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

    /// Creates the worker pool, and starts one worker to check that it starts and how well it is confined.
    private static func startWorkers(
        _ processes: Int,
        _ launcher: Launcher,
        _ logger: Logger
    ) async throws -> (pool: WorkerPool, description: WorkerDescription) {
        let executable = try starting("packaging-worker") { try WorkerProgram.ofThisProcess() }
        var configuration = WorkerConfiguration(executable: executable)
        configuration.processes = processes
        let pool = WorkerPool(configuration: configuration, launcher: launcher, logger: logger)
        do throws(WorkerError) {
            let description = try await pool.describe()
            logger.info(
                "workers start",
                metadata: [
                    "processes": "\(processes)",
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
