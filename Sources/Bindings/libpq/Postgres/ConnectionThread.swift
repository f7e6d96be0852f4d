import Glibc
import Logging
import Synchronization

/// A connection and its thread. Only this thread uses the connection: it does one job after another and watches the
/// socket between them.
final class ConnectionThread: Sendable {
    /// The events that the pool is told.
    enum Event: Sendable {
        /// The connection is open and accepts jobs.
        case opened
        /// Connecting failed; the thread has ended.
        case failed(PostgresError)
        /// The connection was lost while it was idle.
        case lost
        /// The connection was idle for the idle timeout.
        case idle
        /// The connection is closed and the thread has ended.
        case closed
    }

    private struct Job {
        let id: UInt64
        let run: @Sendable (Connection) -> Void
        let refuse: @Sendable (PostgresError, _ wasStale: Bool) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var lastID: UInt64 = 0
        var interrupted: Set<UInt64> = []
        var isClosing = false
        var isGone = false
    }

    private let state = Mutex(State())
    private let doorbell = Doorbell()

    /// Starts the thread, which connects after `delay` and reports its events to `report`.
    init(
        _ configuration: PostgresConfiguration,
        after delay: Duration,
        logger: Logger,
        report: @escaping @Sendable (Event) -> Void
    ) {
        startThread("pq-connection") { [self] in
            live(configuration, delay, logger, report)
        }
    }

    /// Closes the connection after the jobs already given are done. `report` is told of the end.
    func close() {
        state.withLock { $0.isClosing = true }
        doorbell.ring()
    }

    /// How a job ended.
    struct Outcome<Result: Sendable>: Sendable {
        let result: Swift.Result<Result, PostgresError>
        /// Whether nothing is under way on the connection any more.
        let isIdle: Bool
        /// Whether the connection was found dead before anything was sent.
        let wasStale: Bool
    }

    /// Does `work` on the thread.
    ///
    /// - Parameter heedsCancellation: Whether cancelling the task cancels the statements of `work`.
    func run<Result: Sendable>(
        heedsCancellation: Bool = true,
        _ work: @escaping @Sendable (Connection) throws(PostgresError) -> Result
    ) async -> Outcome<Result> {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let outcome: Outcome<Result> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(
                    Job(
                        id: id,
                        run: { connection in
                            let result = Swift.Result { () throws(PostgresError) in try work(connection) }
                            let isIdle = connection.isIdle
                            continuation.resume(
                                returning: Outcome(result: result, isIdle: isIdle, wasStale: false)
                            )
                        },
                        refuse: { error, wasStale in
                            continuation.resume(
                                returning: Outcome(result: .failure(error), isIdle: !wasStale, wasStale: wasStale)
                            )
                        }
                    )
                )
            }
        } onCancel: {
            guard heedsCancellation else { return }
            state.withLock { _ = $0.interrupted.insert(id) }
            doorbell.ring()
        }
        state.withLock { _ = $0.interrupted.remove(id) }
        return outcome
    }

    private func submit(_ job: Job) {
        let isGone = state.withLock { state in
            if !state.isGone { state.jobs.append(job) }
            return state.isGone
        }
        guard !isGone else { return job.refuse(Self.stale, true) }
        doorbell.ring()
    }

    // MARK: On the thread

    private func live(
        _ configuration: PostgresConfiguration,
        _ delay: Duration,
        _ logger: Logger,
        _ report: @Sendable (Event) -> Void
    ) {
        guard wait(for: delay) else { return leave(report, .closed) }
        do {
            let connection = try Connection.open(configuration, doorbell: doorbell, logger: logger) {
                state.withLock { $0.isClosing }
            }
            report(.opened)
            serve(connection, idleTimeout: configuration.idleTimeout, report)
        } catch {
            leave(report, .failed(error))
        }
    }

    /// Waits before the first attempt to connect; false if the thread is to end instead.
    private func wait(for delay: Duration) -> Bool {
        let deadline = ContinuousClock.now + delay
        while !state.withLock({ $0.isClosing }), deadline > .now {
            _ = doorbell.wait(until: deadline)
        }
        return !state.withLock { $0.isClosing }
    }

    private func serve(_ connection: Connection, idleTimeout: Duration, _ report: @Sendable (Event) -> Void) {
        var hasReportedLoss = false
        while true {
            let (job, isClosing) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isClosing)
            }
            if let job {
                perform(job, on: connection)
            } else if isClosing {
                return leave(report, .closed)
            } else if connection.isOpen {
                let wake = connection.wait(until: .now + idleTimeout)
                if wake.socketIsReadable { connection.readUnasked() }
                if wake.isTimeout { report(.idle) }
            } else {
                // The caller that holds the connection learns of the loss from its next job; the pool tells this thread
                // to close.
                if !hasReportedLoss { report(.lost) }
                hasReportedLoss = true
                _ = doorbell.wait()
            }
        }
    }

    private func perform(_ job: Job, on connection: Connection) {
        let isInterrupted: @Sendable () -> Bool = { [self] in
            state.withLock { $0.interrupted.contains(job.id) }
        }
        guard !isInterrupted() else {
            return job.refuse(PostgresError(.cancelled, "the statement was cancelled before it was sent"), false)
        }
        guard connection.checkAlive() else { return job.refuse(Self.stale, true) }
        connection.isInterrupted = isInterrupted
        job.run(connection)
        connection.isInterrupted = { false }
    }

    private func leave(_ report: @Sendable (Event) -> Void, _ event: Event) {
        let rest = state.withLock { state in
            state.isGone = true
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in rest { job.refuse(Self.stale, true) }
        report(event)
    }

    /// The error for a job whose connection was found dead before anything was sent on it.
    private static let stale = PostgresError(.connection, "lost the connection to the database while it was idle")
}
