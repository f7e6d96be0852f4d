import Synchronization

/// A value that is set later, and that any number of tasks can wait for. The first setting counts; later ones do
/// nothing.
package final class Deferred<Value: Sendable>: Sendable {
    private enum State {
        case waiting([Int: CheckedContinuation<Value, any Error>])
        case settled(Result<Value, any Error>)
    }

    private let state = Mutex((state: State.waiting([:]), nextWaiter: 0))

    /// A value that is not there yet.
    package init() {}

    /// The value, once there is one.
    ///
    /// - Throws: The error that was set instead, or `CancellationError` when the waiting task is cancelled.
    package var value: Value {
        get async throws {
            let waiter = state.withLock { all in
                defer { all.nextWaiter += 1 }
                return all.nextWaiter
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let settled = state.withLock { all -> Result<Value, any Error>? in
                        switch all.state {
                        case .settled(let result): return result
                        case .waiting where Task.isCancelled: return .failure(CancellationError())
                        case .waiting(var waiters):
                            waiters[waiter] = continuation
                            all.state = .waiting(waiters)
                            return nil
                        }
                    }
                    if let settled { continuation.resume(with: settled) }
                }
            } onCancel: {
                let continuation = state.withLock { all -> CheckedContinuation<Value, any Error>? in
                    guard case .waiting(var waiters) = all.state else { return nil }
                    defer { all.state = .waiting(waiters) }
                    return waiters.removeValue(forKey: waiter)
                }
                continuation?.resume(throwing: CancellationError())
            }
        }
    }

    /// Sets the value, or an error in its place, and wakes every waiting task.
    package func settle(_ result: Result<Value, any Error>) {
        let waiters = state.withLock { all -> [CheckedContinuation<Value, any Error>] in
            guard case .waiting(let waiters) = all.state else { return [] }
            all.state = .settled(result)
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }
}
