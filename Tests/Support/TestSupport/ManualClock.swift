import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualClock: Clock, Sendable {
    /// A time since the clock was made.
    package struct Instant: InstantProtocol, Hashable {
        /// The time since the clock was made.
        package let offset: Duration

        /// The instant `duration` later.
        package func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        /// The time from this instant to `other`.
        package func duration(to other: Self) -> Duration { other.offset - offset }
        /// Whether `left` comes before `right`.
        package static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: (deadline: Instant, CheckedContinuation<Void, any Error>)] = [:]
        var lastSleeper = 0
        var watchers: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// A clock that begins at zero.
    package init() {}

    /// The time it shows.
    package var now: Instant { state.withLock { $0.now } }
    /// The clock is exact.
    package var minimumResolution: Duration { .zero }

    /// Moves the clock, and wakes the sleepers whose time has come.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }.map(\.1)
        }
        for sleeper in due { sleeper.resume() }
    }

    /// Returns when at least `count` tasks sleep on this clock, so that moving the clock wakes them.
    package func waitForSleepers(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                let isMet = state.sleepers.count >= count
                if !isMet { state.watchers.append((count, continuation)) }
                return isMet
            }
            if isMet { continuation.resume() }
        }
    }

    /// Sleeps until the clock was moved to `deadline`.
    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (result, met) = state.withLock {
                    state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
                    if Task.isCancelled { return (.failure(CancellationError()), []) }
                    if deadline <= state.now { return (.success(()), []) }
                    state.sleepers[id] = (deadline, continuation)
                    let count = state.sleepers.count
                    defer { state.watchers.removeAll { $0.count <= count } }
                    return (nil, state.watchers.filter { $0.count <= count }.map(\.1))
                }
                for watcher in met { watcher.resume() }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.1.resume(throwing: CancellationError())
        }
    }
}
