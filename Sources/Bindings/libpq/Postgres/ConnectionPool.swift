internal import Concurrency
import Logging
import Synchronization

/// Performs what ``PoolState`` decides: starts and closes connection threads, and wakes the waiting callers.
final class ConnectionPool: Sendable {
    /// A connection that one caller uses.
    struct Lease: Sendable {
        let id: PoolState.ConnectionID
        let thread: ConnectionThread
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Result<Lease, PostgresError>, Never>
        /// How long it waits at most.
        let patience: Duration
    }

    private struct State {
        var pool: PoolState
        var threads: [PoolState.ConnectionID: ConnectionThread] = [:]
        var waiters: [PoolState.WaiterID: Waiter] = [:]
        var lastWaiter = 0
        var lastFailure: PostgresError?
    }

    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let state: Mutex<State>
    private let finished = Deferred<Void>()

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        state = Mutex(State(pool: PoolState(maximum: configuration.maximumConnections)))
    }

    /// The number of connections that are open, opening or closing. Each has a thread.
    var connectionCount: Int { state.withLock { $0.pool.connectionCount } }

    /// Waits for a connection, for the acquire timeout at most, and not longer than until `deadline`.
    ///
    /// - Parameter unreachable: After this time, the first failure to connect ends the wait; nil if none does.
    func lease(
        until deadline: ContinuousClock.Instant?,
        whileUnreachable unreachable: Duration? = nil
    ) async throws(PostgresError) -> Lease {
        let free: Lease? = state.withLock { state in
            guard let id = state.pool.takeIdle(), let thread = state.threads[id] else { return nil }
            return Lease(id: id, thread: thread)
        }
        if let free { return free }

        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let left = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
        let patience = min(configuration.acquireTimeout, left ?? configuration.acquireTimeout)
        // The timeout's task ends with this scope.
        async let _ = giveUp(waiter, after: patience, becomingImpatientAfter: unreachable)
        let result: Result<Lease, PostgresError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                update { state in
                    state.waiters[waiter] = Waiter(continuation: continuation, patience: patience)
                    let actions = state.pool.wanted(by: waiter)
                    // If the task was cancelled before the waiter was registered, the handler below did nothing, so the
                    // waiter gives up here.
                    return Task.isCancelled ? actions + state.pool.gaveUp(waiter) : actions
                }
            }
        } onCancel: {
            update { $0.pool.gaveUp(waiter) }
        }
        if case .failure(let error) = result, error.kind != .closed, Task.isCancelled {
            throw PostgresError(.cancelled, "the wait for a database connection was cancelled")
        }
        return try result.get()
    }

    private func giveUp(
        _ waiter: PoolState.WaiterID,
        after timeout: Duration,
        becomingImpatientAfter patience: Duration?
    ) async {
        let end = ContinuousClock.now + timeout
        if let patience, patience < timeout {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            update { $0.pool.becameImpatient(waiter) }
        }
        guard (try? await Task.sleep(until: end)) != nil else { return }
        update { $0.pool.gaveUp(waiter) }
    }

    /// Returns a connection. `reusable` is false if something may still be under way on it.
    func giveBack(_ lease: Lease, reusable: Bool) {
        update { $0.pool.returned(lease.id, reusable: reusable) }
    }

    /// Closes all connections. Those in use are closed when they are returned, and the call waits for that.
    func close() async {
        update { $0.pool.close() }
        // Also a cancelled task waits: its caller relies on it that no thread is left.
        await Task { try? await finished.value }.value
    }

    // MARK: Performing

    private func heard(_ event: ConnectionThread.Event, from id: PoolState.ConnectionID) {
        switch event {
        case .opened:
            update { $0.pool.opened(id) }
        case .failed(let error):
            if error.kind != .closed {
                logger.warning("could not connect to the database", metadata: ["reason": "\(error)"])
            }
            update { state in
                state.lastFailure = error
                state.threads[id] = nil
                return state.pool.failed(id, passing: error.isRetryable)
            }
        case .lost:
            logger.info("lost an idle connection to the database")
            update { $0.pool.lost(id) }
        case .idle:
            update { $0.pool.wasIdle(id) }
        case .closed:
            update { state in
                state.threads[id] = nil
                return state.pool.closed(id)
            }
        }
    }

    /// Changes the state under the lock, and performs the resulting actions after the lock is released. Only the threads of
    /// new connections are started under the lock.
    private func update(_ change: (inout State) -> [PoolState.Action]) {
        let effects = state.withLock { state in
            change(&state).map { effect(of: $0, &state) }
        }
        for effect in effects { effect() }
    }

    private func effect(of action: PoolState.Action, _ state: inout State) -> () -> Void {
        switch action {
        case .open(let id, let delay):
            // The thread is registered under the lock, before its first event can arrive.
            state.threads[id] = ConnectionThread(configuration, after: delay, logger: logger) { [self] in
                heard($0, from: id)
            }
            return {}
        case .lend(let id, let waiter):
            guard let waiter = state.waiters.removeValue(forKey: waiter), let thread = state.threads[id] else {
                return { [self] in update { $0.pool.returned(id, reusable: false) } }
            }
            return { waiter.continuation.resume(returning: .success(Lease(id: id, thread: thread))) }
        case .refuse(let waiter, let refusal):
            guard let waiter = state.waiters.removeValue(forKey: waiter) else { return {} }
            let error = error(for: refusal, after: waiter.patience, lastFailure: state.lastFailure)
            return { waiter.continuation.resume(returning: .failure(error)) }
        case .close(let id):
            let thread = state.threads[id]
            return { thread?.close() }
        case .finished:
            return { [finished] in finished.settle(.success(())) }
        }
    }

    private func error(
        for refusal: PoolState.Refusal,
        after patience: Duration,
        lastFailure: PostgresError?
    ) -> PostgresError {
        switch refusal {
        case .timeout:
            PostgresError(
                .exhausted,
                "could not get a database connection: all \(configuration.maximumConnections) were in use for "
                    + "\(patience.inTenths)"
            )
        case .unreachable:
            lastFailure ?? PostgresError(.connection, "could not connect to the database")
        case .unanswered:
            PostgresError(
                .connection,
                "could not connect to the database: no answer within \(patience.inTenths)"
            )
        case .closed:
            PostgresError(.closed, "the database client is closed")
        }
    }
}
