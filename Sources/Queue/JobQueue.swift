package import Logging
package import Model
package import Store
internal import Synchronization

/// Claims jobs for this daemon, keeps their leases, and has them carried out.
///
/// Any number of daemons on any number of hosts share one job table; there is no leader.
package final class JobQueue: Sendable {
    /// How a queue behaves.
    package struct Configuration: Sendable {
        /// Identifies this start of the daemon. Never used twice.
        package var instance: InstanceID
        /// Batches worked on at once.
        package var concurrency: Int
        /// How long the queue waits for word of new jobs before it looks by itself.
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
    private let (news, tell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// A queue that claims from `store`; ``run(_:)`` starts it.
    ///
    /// Nothing is claimed while the gate is closed. Who opens it again calls ``wake()``.
    ///
    /// - Parameter releases: Jobs to be given back, which the daemon's ``Rescuer`` knows too.
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

    /// There may be new jobs, or orders to stop some, or the gate is open again.
    package func wake() {
        tell.yield()
        table.leases.press()
    }

    /// Claims nothing more. Work that does not end within the grace period is queued again at no cost.
    package func beginGracefulShutdown() {
        loop.withLock { $0.drain() }
        tell.yield()
    }

    /// Works until ``beginGracefulShutdown()`` and the end of what was claimed, or until the task is cancelled.
    ///
    /// - Parameter work: Carries out one batch: runs all its attempts and returns when they have ended. Called for
    ///   several batches at once.
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
                if mayClaim, table.gate.isOpen() { await table.releases.giveBack() }
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
            if let batch { table.wakeUps.events(of: [batch.project]) }
            return batch
        } catch {
            table.logger.warning("could not claim jobs", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func run(_ batch: ClaimedBatch, _ work: @Sendable (ClaimedBatch) async -> Void) async {
        await LogFacts.$current.withValue(batch.logFacts) {
            let platforms = batch.claims.map(\.platform.rawValue).joined(separator: ",")
            table.logger.info("claimed", metadata: ["platforms": "\(platforms)"])
            await work(batch)
        }
        loop.withLock { $0.batchEnded() }
        tell.yield()
    }
}
