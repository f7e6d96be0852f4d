import Synchronization

/// The event that a test waited for did not happen in time.
package struct TimeLimitExceeded: Error, CustomStringConvertible {
    /// The event that the test waited for, and the limit.
    package let description: String
}

/// Runs `body`. If it takes longer than `limit`, it is cancelled and the call fails.
///
/// - Parameter what: The event that is waited for, for the error message.
package func withTimeLimit<Result: Sendable>(
    _ what: String,
    within limit: Duration = .seconds(120),
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeLimitExceeded(description: "\(what) did not happen within \(limit)")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}

/// An event that happens once, with a value, and that tasks can wait for.
package final class TestEvent<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value?, Never>] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    /// An event that has not happened.
    package init() {}

    /// Reports the event. Only the first time counts.
    package func happen(_ value: Value) {
        let waiting = state.withLock { state in
            if state.value == nil { state.value = value }
            defer { state.waiting = [:] }
            return state.waiting.values.map(\.self)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// Waits until the event has happened.
    ///
    /// - Throws: ``TimeLimitExceeded`` if it takes longer than `limit`.
    package func wait(_ what: String, within limit: Duration = .seconds(120)) async throws -> Value {
        try await withTimeLimit(what, within: limit) { [self] in
            guard let value = await next() else { throw CancellationError() }
            return value
        }
    }

    private func next() async -> Value? {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let value: Value?? = state.withLock { state in
                    if state.value != nil || Task.isCancelled { return .some(state.value) }
                    state.waiting[id] = continuation
                    return nil
                }
                if let value { continuation.resume(returning: value) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.removeValue(forKey: id) }
            continuation?.resume(returning: nil)
        }
    }
}

extension TestEvent where Value == Void {
    /// Reports the event. Only the first time counts.
    package func happen() { happen(()) }
}
