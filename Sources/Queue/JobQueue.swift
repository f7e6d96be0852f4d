package import Logging
package import Model
package import Store
internal import Synchronization

/// Claims jobs for this daemon, keeps their leases, and runs the work for them.
///
/// Any number of daemons on any number of hosts share one job table; there is no leader.
package final class JobQueue: Sendable {
    /// How a queue behaves.
    package struct Configuration: Sendable {
        /// Identifies this start of the daemon. Never used twice.
        package var instance: InstanceID
        /// The number of batches that are worked on at once.
        package var concurrency: Int
        /// How long the queue waits for a notification of new jobs before it looks for them itself.
        package var pollInterval: Duration
        /// How long a stop waits for work that is nearly done before it is interrupted.
        package var grace: Duration

        /// A configuration with the usual times.
        package init(
            instance: InstanceID,
            concurrency: Int,
            pollInterval: Duration = .seconds(5),
            grace: Duration = .seconds(10)
        ) {
            self.instance = instance
            self.concurrency = concurrency
            self.pollInterval = pollInterval
            self.grace = grace
        }
    }

    private let configuration: Configuration
    private let table: JobTable
    private let loop: Mutex<ClaimLoop>
    private let unknown = Mutex(UnknownClaims())
    private let (news, tell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// A queue that claims from `store`; ``run(_:)`` starts it.
    ///
    /// Nothing is claimed while the gate is closed. The code that opens it again calls ``wake()``.
    ///
    /// - Parameter releases: The jobs that the daemon has to give back. The daemon's ``Rescuer`` has the same object.
    package init(
        configuration: Configuration,
        store: JobStore,
        gate: HealthGate,
        releases: Releases,
        wakeUps: WakeUps,
        logger: Logger
    ) {
        self.configuration = configuration
        loop = Mutex(ClaimLoop(concurrency: configuration.concurrency))
        table = JobTable(
            store: store,
            leases: LeaseKeeper(store: store, wakeUps: wakeUps, logger: logger),
            gate: gate,
            releases: releases,
            wakeUps: wakeUps,
            logger: logger
        )
    }

    /// Wakes the queue: there may be new jobs or requests to stop some, or the gate is open again.
    package func wake() {
        tell.yield()
        table.leases.press()
    }

    /// Claims nothing more. Work that does not end within the grace period is queued again at no cost.
    package func beginGracefulShutdown() {
        loop.withLock { $0.drain() }
        tell.yield()
    }

    /// Works until the task is cancelled, or until ``beginGracefulShutdown()`` was called and all claimed jobs have
    /// ended.
    ///
    /// - Parameter work: Carries out one batch: runs all its attempts and returns when they have ended. Called for
    ///   several batches at the same time.
    package func run(_ work: @escaping @Sendable (ClaimedBatch) async -> Void) async {
        await withTaskGroup { group in
            group.addTask { await self.table.leases.run() }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.configuration.pollInterval)
                    self.tell.yield()
                }
            }
            await claim(for: work)
            group.cancelAll()
        }
    }

    private func claim(for work: @escaping @Sendable (ClaimedBatch) async -> Void) async {
        await withDiscardingTaskGroup { group in
            tell.yield()
            news: for await _ in news {
                let mayClaim = loop.withLock { loop in
                    loop.woken()
                    return loop.mayClaim
                }
                if mayClaim, table.gate.isOpen() {
                    await table.releases.giveBack()
                    await giveBackUnknown()
                }
                steps: while true {
                    let isHealthy = table.gate.isOpen()
                    switch loop.withLock({ $0.next(isHealthy: isHealthy) }) {
                    case .claim:
                        guard let batch = await claim() else {
                            loop.withLock { $0.foundNothing() }
                            continue steps
                        }
                        loop.withLock { $0.began() }
                        group.addTask { await self.run(batch, work) }
                    case .wait:
                        break steps
                    case .beginGrace:
                        group.addTask {
                            guard (try? await Task.sleep(for: self.configuration.grace)) != nil else { return }
                            self.table.leases.drain()
                        }
                    case .end:
                        break news
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func claim() async -> ClaimedBatch? {
        let sent = ContinuousClock().now
        do {
            let claims = try await table.store.claim(owner: configuration.instance, limit: Platform.allCases.count)
            let batch = ClaimedBatch(claims, sent: sent, table: table)
            unknown.withLock { $0.claimed(claims) }
            if let batch { table.wakeUps.events(of: [batch.project]) }
            return batch
        } catch {
            unknown.withLock { $0.missedAnswer(at: ContinuousClock().now) }
            table.logger.warning("could not claim jobs", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Gives back what was claimed without this daemon's knowledge. Called between claims.
    private func giveBackUnknown() async {
        guard let known = unknown.withLock({ $0.known(at: ContinuousClock().now) }) else { return }
        do {
            let projects = try await table.store.giveBackUnknown(owner: configuration.instance, except: known)
            guard !projects.isEmpty else { return }
            table.logger.notice("gave back jobs of a claim without an answer", metadata: ["jobs": "\(projects.count)"])
            table.wakeUps.events(of: projects)
            table.wakeUps.newJobs()
        } catch {
            table.logger.debug("could not look for claims without an answer", metadata: ["error": "\(error)"])
        }
    }

    private func run(_ batch: ClaimedBatch, _ work: @Sendable (ClaimedBatch) async -> Void) async {
        await LogFacts.$current.withValue(batch.logFacts) {
            let platforms = batch.claims.map(\.platform.rawValue).joined(separator: ",")
            table.logger.info("claimed", metadata: ["platforms": "\(platforms)"])
            await work(batch)
        }
        unknown.withLock { $0.ended(batch.claims) }
        loop.withLock { $0.batchEnded() }
        tell.yield()
    }
}
