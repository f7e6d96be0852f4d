import Model
import Synchronization

/// Wakes tasks that wait for news of a project. A signal only means "look": it does not say what happened, and several
/// signals in a row may become one.
final class ProjectSignals: Sendable {
    private struct State {
        var waiters: [ProjectID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var next = 0
        var isEnded = false
    }

    private let state = Mutex(State())

    /// Signals of `project` from now on. The stream ends when it is released or when ``end()`` is called.
    func signals(of project: ProjectID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state -> Int? in
            guard !state.isEnded else { return nil }
            defer { state.next += 1 }
            state.waiters[project, default: [:]][state.next] = continuation
            return state.next
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.remove(key, of: project) }
        return stream
    }

    /// There may be news of `project`.
    func signal(_ project: ProjectID) {
        for waiter in state.withLock({ Array($0.waiters[project, default: [:]].values) }) { waiter.yield() }
    }

    /// There may be news of any project.
    func signalAll() {
        for waiter in state.withLock({ $0.waiters.values.flatMap(\.values) }) { waiter.yield() }
    }

    /// Ends every stream, including streams that are opened later.
    func end() {
        let waiters = state.withLock { state in
            state.isEnded = true
            return state.waiters.values.flatMap(\.values)
        }
        for waiter in waiters { waiter.finish() }
    }

    /// The number of streams that wait.
    var count: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    private func remove(_ key: Int, of project: ProjectID) {
        state.withLock { state in
            state.waiters[project]?[key] = nil
            if state.waiters[project]?.isEmpty == true { state.waiters[project] = nil }
        }
    }
}
