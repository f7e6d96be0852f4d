public import Assets
public import Blobs
public import Logging
public import Model
public import Speech
public import Store
import Synchronization
public import Workers

/// What the pool's parts share.
struct PoolContext: Sendable {
    let jobs: JobStore
    let packages: PackageStore
    let audio: AudioStore
    let projects: ProjectStore
    let blobs: any BlobStore
    let scratch: ScratchSpace
    let workers: WorkerPool
    let speech: [String: any SpeechProvider]
    let leases: LeaseKeeper
    let fitness: Fitness
    let givenBack = GivenBack()
    let wakeUps: WakeUps
    let encoderBuild: String
}

/// Claims jobs, carries them out, and takes back those whose daemon is gone.
///
/// Any number of pools on any number of hosts share one database; there is no leader.
public final class JobPool: Sendable {
    /// How a pool behaves.
    public struct Configuration: Sendable {
        /// Identifies this start of the daemon. Never used twice.
        public var instance: InstanceID
        /// Batches worked on at once.
        public var concurrency: Int
        /// How long the pool waits for word of new jobs before it looks by itself.
        public var pollInterval: Duration
        /// How often leases that ran out are looked for.
        public var sweepInterval: Duration
        /// How long a stop waits for work that is nearly done before it is interrupted.
        public var grace: Duration

        /// A configuration with the usual times.
        public init(
            instance: InstanceID,
            concurrency: Int,
            pollInterval: Duration = .seconds(5),
            sweepInterval: Duration = .seconds(5),
            grace: Duration = .seconds(10)
        ) {
            self.instance = instance
            self.concurrency = concurrency
            self.pollInterval = pollInterval
            self.sweepInterval = sweepInterval
            self.grace = grace
        }
    }

    private struct State {
        var running = 0
        var isDraining = false
    }

    private let configuration: Configuration
    private let context: PoolContext
    private let logger: Logger
    private let state = Mutex(State())
    private let (news, tell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// A pool that claims from `store`; ``run()`` starts it.
    ///
    /// Nothing is claimed while the daemon is not fit. Who makes it fit again wakes the pool.
    ///
    /// - Parameters:
    ///   - speech: Who can speak.
    ///   - encoderBuild: What identifies the workers' encoders; part of every plan.
    public init(
        configuration: Configuration,
        store: Store,
        blobs: any BlobStore,
        scratch: ScratchSpace,
        workers: WorkerPool,
        speech: [any SpeechProvider],
        fitness: Fitness,
        wakeUps: WakeUps,
        encoderBuild: String,
        logger: Logger
    ) {
        self.configuration = configuration
        self.logger = logger
        context = PoolContext(
            jobs: store.jobs,
            packages: store.packages,
            audio: store.audio,
            projects: store.projects,
            blobs: blobs,
            scratch: scratch,
            workers: workers,
            speech: Dictionary(speech.map { ($0.name, $0) }) { first, _ in first },
            leases: LeaseKeeper(store: store.jobs, wakeUps: wakeUps, logger: logger),
            fitness: fitness,
            wakeUps: wakeUps,
            encoderBuild: encoderBuild
        )
    }

    /// There may be new jobs, or orders to stop some, or the daemon is fit again.
    public func wake() {
        tell.yield()
        context.leases.press()
    }

    /// Claims nothing more. Work that does not end within the grace period is queued again at no cost.
    public func beginGracefulShutdown() {
        state.withLock { $0.isDraining = true }
        tell.yield()
    }

    /// Works until ``beginGracefulShutdown()`` and the end of what was claimed, or until the task is cancelled.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { await self.context.leases.run() }
            group.addTask { await self.sweep() }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.configuration.pollInterval)
                    self.tell.yield()
                }
            }
            await work()
            group.cancelAll()
        }
    }

    // MARK: Claiming

    private func work() async {
        await withDiscardingTaskGroup { group in
            tell.yield()
            for await _ in news {
                if state.withLock({ $0.isDraining }) { break }
                if context.fitness.isFit() { await giveBack() }
                while state.withLock({ $0.running < configuration.concurrency && !$0.isDraining }),
                    context.fitness.isFit()
                {
                    let sent = ContinuousClock().now
                    guard let batch = await claim() else { break }
                    state.withLock { $0.running += 1 }
                    group.addTask { await self.run(batch, claimSent: sent) }
                }
            }
            guard !Task.isCancelled else { return }
            group.addTask {
                guard (try? await Task.sleep(for: self.configuration.grace)) != nil else { return }
                self.context.leases.drain()
            }
            await idle()
            group.cancelAll()
        }
    }

    /// Returns when no batch is running any more.
    private func idle() async {
        tell.yield()
        for await _ in news where state.withLock({ $0.running == 0 }) { return }
    }

    private func giveBack() async {
        await context.givenBack.tell(context.jobs, context.wakeUps, logger)
    }

    private func claim() async -> ClaimedBatch? {
        do {
            let claims = try await context.jobs.claim(owner: configuration.instance, limit: Platform.allCases.count)
            guard let batch = ClaimedBatch(claims) else { return nil }
            context.wakeUps.events(of: [batch.project])
            return batch
        } catch {
            logger.warning("could not claim jobs", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func run(_ batch: ClaimedBatch, claimSent sent: ContinuousClock.Instant) async {
        await LogFacts.$current.withValue(batch.logFacts) {
            let platforms = batch.claims.map(\.platform.rawValue).joined(separator: ",")
            logger.info("claimed", metadata: ["platforms": "\(platforms)"])
            await BatchRunner(batch: batch, context: context, logger: logger).run(claimSent: sent)
        }
        state.withLock { $0.running -= 1 }
        tell.yield()
    }

    // MARK: Sweeping

    private func sweep() async {
        while !Task.isCancelled {
            // What is ours to give back is not to be taken for lost.
            await giveBack()
            do {
                let swept = try await context.jobs.sweep(limit: 100)
                for job in swept {
                    logger.warning(
                        "took back a job whose lease ran out",
                        metadata: ["job": "\(job.job)", "project": "\(job.project)", "status": "\(job.status)"]
                    )
                }
                context.wakeUps.events(of: swept.map(\.project))
                if swept.contains(where: { $0.status == .queued }) { tell.yield() }
            } catch {
                logger.warning("could not sweep", metadata: ["error": "\(error)"])
            }
            // Daemons that were started together do not sweep together for ever.
            try? await Task.sleep(for: configuration.sweepInterval * Double.random(in: 0.8...1.2))
        }
    }
}
