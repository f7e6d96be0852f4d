import Logging
import Model
import Store
import Synchronization

/// Keeps the leases of this daemon's jobs. One beat renews all of them, carries their progress, and brings back
/// requests to stop jobs.
///
/// If a beat fails, it is unknown how long the leases hold. Work goes on until two thirds of the lease have passed
/// since the last accepted beat was sent, so it ends before another daemon may take over.
final class LeaseKeeper: Sendable {
    private struct Holding {
        var report: @Sendable () -> JobProgress
        var interrupt: @Sendable (Interruption) -> Void
    }

    private struct State {
        var leases = Leases()
        var holdings: [JobID: Holding] = [:]
    }

    private let state = Mutex(State())
    private let store: JobStore
    private let wakeUps: WakeUps
    private let logger: Logger
    private let (pokes, poke) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(store: JobStore, wakeUps: WakeUps, logger: Logger) {
        self.store = store
        self.wakeUps = wakeUps
        self.logger = logger
    }

    /// Holds the lease of a job that was claimed by a statement sent at `sent`, until ``release(_:)``.
    ///
    /// The job is interrupted at once if two thirds of its lease have passed before the answer to its claim came.
    func hold(
        _ claim: Claim,
        sent: ContinuousClock.Instant,
        report: @escaping @Sendable () -> JobProgress,
        interrupt: @escaping @Sendable (Interruption) -> Void
    ) {
        state.withLock { state in
            state.leases.claimed(claim, sent: sent)
            state.holdings[claim.job] = Holding(report: report, interrupt: interrupt)
        }
        interruptDistrusted()
    }

    /// The work on a job has ended, and nothing more will be written for it.
    func release(_ job: JobID) {
        state.withLock { state in
            state.leases.released(job)
            state.holdings[job] = nil
        }
    }

    /// Beats at once, because a job may have been asked to stop.
    func press() {
        poke.yield()
    }

    /// Interrupts all jobs, because the daemon stops.
    func drain() {
        interrupt(state.withLock { $0.holdings.mapValues { _ in Interruption.draining } })
    }

    /// Beats until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.tick)
                    await self.beat(isPressed: false)
                }
            }
            // This runs apart from the beats, because a beat may hang as long as the database does.
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.tick)
                    self.interruptDistrusted()
                }
            }
            for await _ in pokes { await beat(isPressed: true) }
            group.cancelAll()
        }
    }

    private var tick: Duration { state.withLock { $0.leases.tick } }

    private func beat(isPressed: Bool) async {
        let sent = ContinuousClock().now
        let beats = state.withLock { state in
            state.leases.beats(state.holdings.mapValues { $0.report() }, at: sent, isPressed: isPressed)
        }
        guard !beats.isEmpty else { return }
        do {
            let answers = try await store.beat(beats)
            interrupt(state.withLock { $0.leases.answered(answers, to: beats.map(\.claim), sent: sent) })
            wakeUps.events(of: answers.filter(\.hasEvent).map(\.project))
        } catch {
            let jobs = beats.map(\.claim.job.description).joined(separator: ",")
            logger.warning("could not renew leases", metadata: ["jobs": "\(jobs)", "error": "\(error)"])
        }
    }

    /// Stops the work on jobs that may soon belong to another daemon. This uses only the clock of this machine.
    private func interruptDistrusted() {
        let distrusted = state.withLock { $0.leases.distrusted(at: ContinuousClock().now) }
        interrupt(Dictionary(uniqueKeysWithValues: distrusted.map { ($0, .leaseLost) }))
    }

    private func interrupt(_ interruptions: [JobID: Interruption]) {
        for (job, interruption) in interruptions {
            state.withLock { $0.holdings[job]?.interrupt }?(interruption)
        }
    }
}
