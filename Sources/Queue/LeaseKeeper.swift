import Dispatch
import Logging
import Model
import Processes
import Store
import Synchronization

/// Keeps the leases of this daemon's jobs. One beat renews all of them, carries their progress, and brings back
/// requests to stop jobs.
///
/// If a beat fails, it is unknown who holds the leases. Work goes on until ``LeaseTimes/trust`` is over, by the clock of
/// this machine, and is then stopped, whatever the database does.
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
    /// Wakes the thread that stops work in time.
    private let alarm = DispatchSemaphore(value: 0)
    private let isOver = Atomic(false)

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
        alarm.signal()
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
                    try? await Task.sleep(for: self.state.withLock { $0.leases.pause(at: ContinuousClock().now) })
                    await self.beat(isPressed: false)
                }
            }
            group.addTask {
                await withTaskCancellationHandler {
                    await self.stopWorkInTime()
                } onCancel: {
                    self.isOver.store(true, ordering: .releasing)
                    self.alarm.signal()
                }
            }
            for await _ in pokes { await beat(isPressed: true) }
            group.cancelAll()
        }
    }

    /// Stops work at the moment when its lease is no longer trusted.
    ///
    /// This has its own thread, because Swift's shared threads may be busy at that moment, and a beat may hang as long as
    /// the database does.
    private func stopWorkInTime() async {
        do {
            try await BlockingThread.run(named: "leases") { [self] in
                while !isOver.load(ordering: .acquiring) {
                    let now = ContinuousClock().now
                    interruptDistrusted(at: now)
                    let next = state.withLock { $0.leases.nextDistrust(after: now) }
                    // The semaphore's clock stops while the machine sleeps, so that no wait may be long.
                    let left = next.map { ContinuousClock().now.duration(to: $0) } ?? .seconds(1)
                    _ = alarm.wait(timeout: .now() + .milliseconds(Self.milliseconds(min(left, .seconds(1)))))
                }
            }
        } catch {
            logger.error("could not start the thread that stops work in time", metadata: ["error": "\(error)"])
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(20))
                interruptDistrusted()
            }
        }
    }

    /// Whole milliseconds, rounded up, because a wait of zero would be repeated without end.
    private static func milliseconds(_ time: Duration) -> Int {
        max(1, Int(time / .milliseconds(1)) + 1)
    }

    private func beat(isPressed: Bool) async {
        let sent = ContinuousClock().now
        let (beats, limit) = state.withLock { state in
            (
                state.leases.beats(state.holdings.mapValues { $0.report() }, at: sent, isPressed: isPressed),
                state.leases.beatLimit
            )
        }
        guard !beats.isEmpty else { return }
        do {
            let answers = try await store.beat(beats, within: limit)
            interrupt(state.withLock { $0.leases.answered(answers, to: beats.map(\.claim), sent: sent) })
            wakeUps.events(of: answers.filter(\.hasEvent).map(\.project))
        } catch {
            state.withLock { $0.leases.unanswered(sent: sent) }
            let jobs = beats.map(\.claim.job.description).joined(separator: ",")
            logger.warning("could not renew leases", metadata: ["jobs": "\(jobs)", "error": "\(error)"])
        }
    }

    /// Stops the work on jobs that may belong to another daemon soon. This uses only the clock of this machine.
    private func interruptDistrusted(at now: ContinuousClock.Instant = ContinuousClock().now) {
        let distrusted = state.withLock { $0.leases.distrusted(at: now) }
        interrupt(Dictionary(uniqueKeysWithValues: distrusted.map { ($0, .leaseLost) }))
    }

    private func interrupt(_ interruptions: [JobID: Interruption]) {
        for (job, interruption) in interruptions {
            state.withLock { $0.holdings[job]?.interrupt }?(interruption)
        }
    }
}
