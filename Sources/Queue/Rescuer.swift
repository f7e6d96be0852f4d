package import Logging
import Model
package import Store

/// Takes back jobs whose lease has expired, because their daemon is dead or cut off.
///
/// Every daemon has one, and any number may look at once; there is no leader.
package struct Rescuer: Sendable {
    /// The most jobs that are taken back in one round. The others are taken back in the next round.
    private static let jobsAtOnce = 100

    private let store: JobStore
    private let releases: Releases
    private let wakeUps: WakeUps
    private let logger: Logger
    private let lease: CurrentLease
    private let queued: @Sendable () -> Void

    /// A rescuer of the jobs in `store`.
    ///
    /// - Parameters:
    ///   - releases: The jobs that this daemon itself gives back; they must not count as lost.
    ///   - lease: The length of a lease, from which follows how often expired leases are looked for. It is read again
    ///     each time.
    ///   - queued: Called when a job was queued again. All daemons are told, too.
    package init(
        store: JobStore,
        releases: Releases,
        wakeUps: WakeUps,
        logger: Logger,
        lease: CurrentLease,
        queued: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.releases = releases
        self.wakeUps = wakeUps
        self.logger = logger
        self.lease = lease
        self.queued = queued
    }

    /// Takes jobs back at once, and then again and again until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await round()
            // The random part keeps daemons that were started together from searching at the same moment for ever.
            try? await Task.sleep(for: lease.times.sweepInterval * Double.random(in: 0.8...1.2))
        }
    }

    private func round() async {
        await releases.giveBack()
        do {
            lease.set(try await store.lease(within: lease.times.sweepLimit))
            let rescued = try await store.sweep(limit: Self.jobsAtOnce, within: lease.times.sweepLimit)
            for job in rescued {
                logger.warning(
                    "took back a job whose lease ran out",
                    metadata: ["job": "\(job.job)", "project": "\(job.project)", "status": "\(job.status)"]
                )
            }
            wakeUps.events(of: rescued.map(\.project))
            guard rescued.contains(where: { $0.status == .queued }) else { return }
            // This daemon may have no room, and another one may be free.
            wakeUps.newJobs()
            queued()
        } catch {
            logger.warning("could not look for jobs whose lease ran out", metadata: ["error": "\(error)"])
        }
    }
}
