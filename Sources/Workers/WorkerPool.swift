internal import Glibc
package import Logging
internal import Model
package import Processes
internal import WorkerLink

/// Gives tasks to worker processes: a new process for each task, a limited number at once, with limits on all
/// resources.
///
/// A worker that dies fails only its task, with the reason in words. When the waiting task is cancelled, the worker is
/// killed, and the call returns when the process has ended.
package final class WorkerPool: Sendable {
    /// The settings of workers.
    package let configuration: WorkerConfiguration
    private let launcher: Launcher
    private let admission: Admission
    private let running = RunningWorkers()
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// A pool without processes yet.
    ///
    /// - Parameters:
    ///   - clock: Measures the limits on time.
    ///   - memory: Bytes of memory that the machine has left; nil if that is not known.
    package init(
        configuration: WorkerConfiguration,
        launcher: Launcher,
        clock: any Clock<Duration> = ContinuousClock(),
        memory: @escaping @Sendable () -> UInt64? = SystemMemory.available,
        logger: Logger
    ) {
        self.configuration = configuration
        self.launcher = launcher
        self.clock = clock
        self.logger = logger
        let (running, limit, most) = (running, configuration.memoryBytes, configuration.processes)
        admission = Admission(most: most, now: stopwatch(clock)) {
            RunningWorkers.room(available: memory(), resident: running.residentBytes, limit: limit)
        } changed: { change in
            switch change {
            case .lowered(let count):
                logger.notice(
                    "fewer workers run at once, because the machine is short of memory, processes or descriptors",
                    metadata: ["workers": "\(count)", "configured": "\(most)"]
                )
            case .raised(let count):
                logger.notice("more workers run at once", metadata: ["workers": "\(count)", "configured": "\(most)"])
            }
        }
    }

    /// Starts a worker when it is `tenant`'s turn, lets `converse` exchange messages with it, and makes sure that it
    /// ends.
    ///
    /// - Parameter converse: Runs on its own thread, may block, and calls `beat()` on the process whenever there was
    ///   progress.
    func run<Result: Sendable>(
        _ task: String,
        tenant: TenantID?,
        limits: TaskLimits,
        _ converse: @escaping @Sendable (WorkerLink, WorkerProcess) throws -> Result
    ) async throws(WorkerError) -> Result {
        do {
            try await admission.enter(tenant)
        } catch {
            throw WorkerError(.cancelled, "the task was cancelled")
        }
        defer { admission.leave() }
        let worker: WorkerProcess
        do throws(ProcessError) {
            worker = try await WorkerProcess.start(configuration, limits, launcher)
        } catch {
            let error = WorkerError(error, otherwise: .unavailable)
            noteShortage(error)
            throw error
        }
        running.add(worker.child)
        defer { running.remove(worker.child) }
        let result = await withTaskCancellationHandler {
            await supervise(worker, limits, converse)
        } onCancel: {
            worker.end(.cancelled)
        }
        if case .failure(let error) = result {
            noteShortage(error)
            logger.debug(
                "worker failed",
                metadata: ["task": "\(task)", "pid": "\(worker.child.pid)", "reason": "\(error)"]
            )
        }
        return try result.get()
    }

    private func noteShortage(_ error: WorkerError) {
        if error.shortage?.lowersParallelism == true { admission.shortage() }
    }

    private func supervise<Value: Sendable>(
        _ worker: WorkerProcess,
        _ limits: TaskLimits,
        _ converse: @escaping @Sendable (WorkerLink, WorkerProcess) throws -> Value
    ) async -> Result<Value, WorkerError> {
        await withTaskGroup { group in
            group.addTask { await self.endWhenOverdue(worker, limits) }
            group.addTask { await self.endWhenStalled(worker) }
            group.addTask { await self.admitOthers() }
            let conversation: Result<Value, any Error>
            do {
                let value = try await BlockingThread.run(named: "worker") {
                    try converse(WorkerLink(worker.socket), worker)
                }
                conversation = .success(value)
                worker.end(.finished)
            } catch WorkerLinkError.closed {
                conversation = .failure(WorkerLinkError.closed)
                // The worker is probably ending by itself, and its exit status is needed; it is ended only if it merely
                // closed its stream.
                group.addTask { await self.endWhenSilent(worker) }
            } catch {
                conversation = .failure(error)
                worker.end(.unusable)
            }
            let status = await worker.child.wait()
            group.cancelAll()
            let lines = worker.lastLines()
            for line in lines {
                logger.debug("worker wrote", metadata: ["pid": "\(worker.child.pid)", "line": "\(line)"])
            }
            return conversation.mapError { problem in
                Verdict(
                    intent: worker.intent,
                    status: status,
                    problem: problem,
                    lastWords: lines.last,
                    limits: limits,
                    stallLimit: configuration.stallLimit
                ).error
            }
        }
    }

    private func endWhenOverdue(_ worker: WorkerProcess, _ limits: TaskLimits) async {
        do {
            try await clock.sleep(for: limits.time)
            worker.end(.overdue)
        } catch {}  // The worker is gone, or being ended for another reason.
    }

    private func endWhenStalled(_ worker: WorkerProcess) async {
        var watch = StallWatch(beats: worker.beats)
        do {
            repeat {
                try await clock.sleep(for: configuration.stallLimit / StallWatch.looks)
            } while !watch.isStuck(beats: worker.beats)
            worker.end(.stalled)
        } catch {}  // As above.
    }

    private func endWhenSilent(_ worker: WorkerProcess) async {
        do {
            try await clock.sleep(for: .seconds(1))
            // A worker that was killed may need long to give back its memory. Its own end tells the cause.
            guard !worker.child.isExiting else { return }
            worker.end(.silent)
        } catch {}  // As above.
    }

    /// Lets waiting tasks in when there is room for more workers, while a worker runs. Without any worker inside, the
    /// next task enters at once.
    private func admitOthers() async {
        do {
            while true {
                try await clock.sleep(for: Self.timeBetweenLooks)
                admission.look()
            }
        } catch {}  // As above.
    }

    private static let timeBetweenLooks = Duration.seconds(2)
}

/// The time of `clock` since this call.
private func stopwatch<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
}

/// Checks a counter repeatedly to find out whether it has stopped.
struct StallWatch {
    /// The number of checks in each stall limit. A stuck worker is noticed at most a sixth of the limit late.
    static let looks = 6

    private var beats: Int
    private var idleLooks = 0

    init(beats: Int) {
        self.beats = beats
    }

    /// Whether the counter has not changed for ``looks`` checks, including this one.
    mutating func isStuck(beats now: Int) -> Bool {
        idleLooks = now == beats ? idleLooks + 1 : 0
        beats = now
        return idleLooks >= Self.looks
    }
}
