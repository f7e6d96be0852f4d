package import Logging
package import Model
import Synchronization

/// Knows whether this daemon takes work, and if not, the reason.
///
/// It checks the things that the daemon cannot work without at regular intervals. So an answer costs nothing, and is at
/// most some seconds old. A check that hangs is noticed after half a minute.
package final class HealthService: Sendable {
    /// One thing that the daemon cannot work without.
    package struct Probe: Sendable {
        /// The constant that callers are given as the reason if the problem has no reason of its own.
        var reason: String
        /// The time between two checks while the daemon serves, asked for each time. While it does not serve,
        /// everything is checked every second, or more often if this is shorter.
        var interval: @Sendable () -> Duration
        /// Checks, and throws the problem if there is one.
        var look: @Sendable () async throws(PackagingError) -> Void

        /// A probe with these values.
        package init(
            reason: String,
            every interval: @autoclosure @escaping @Sendable () -> Duration,
            look: @escaping @Sendable () async throws(PackagingError) -> Void
        ) {
            self.reason = reason
            self.interval = interval
            self.look = look
        }
    }

    private struct State {
        var record: HealthRecord
        var watchers: [Int: AsyncStream<PackagingError?>.Continuation] = [:]
        var lastWatcher = 0
        var isStopping = false
    }

    /// The reason while the database cannot be used. Errors of the store have it, too.
    package static let databaseAway = "DATABASE_UNAVAILABLE"

    private static let tick = Duration.seconds(1)

    private let probes: [Probe]
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>

    /// A service that runs `probes`. If several find a problem, the first of them is reported. Nothing has been checked
    /// yet.
    package init(probes: [Probe], clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.probes = probes
        self.clock = clock
        self.logger = logger
        state = Mutex(State(record: HealthRecord(reasons: probes.map(\.reason), patience: 30)))
    }

    /// Why the daemon takes no work; nil if it does.
    package var problem: PackagingError? { state.withLock { $0.record.problem } }

    /// A stream of ``problem``, now and after each change of its reason. A slow reader gets only the newest. The stream
    /// ends when the daemon stops, after reporting that.
    package func changes() -> AsyncStream<PackagingError?> {
        let (stream, continuation) = AsyncStream<PackagingError?>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id: Int? = state.withLock { state in
            continuation.yield(state.record.problem)
            guard !state.isStopping else { return nil }
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            return state.lastWatcher
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [self] _ in state.withLock { $0.watchers[id] = nil } }
        return stream
    }

    /// Waits while the daemon takes no work for `reason`, for `patience` at most.
    ///
    /// A short interruption so costs a caller only a moment, and nobody waits long for what is known to be away.
    ///
    /// - Throws: ``PackagingError`` with code `unavailable` and this reason if it did not end. It has the problem's
    ///   message, but not its hint, which may name files that are for operators only.
    package func wait(while reason: String, atMost patience: Duration) async throws(PackagingError) {
        guard problem?.reason == reason else { return }
        let isOver = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await problem in self.changes() where problem?.reason != reason { return true }
                return false
            }
            group.addTask {
                try? await self.clock.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        guard !isOver, let problem, problem.reason == reason else { return }
        throw PackagingError(.unavailable, problem.message, reason: reason, retryAfter: .seconds(2))
    }

    /// Checks everything once.
    ///
    /// - Returns: The first problem that was found.
    @discardableResult
    package func lookOnce() async -> PackagingError? {
        var first: PackagingError?
        for index in probes.indices {
            let problem = await look(at: index)
            first = first ?? problem
        }
        return first
    }

    /// Checks everything again and again until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for index in probes.indices {
                group.addTask {
                    while !Task.isCancelled {
                        await self.look(at: index)
                        await self.rest(from: index)
                    }
                }
            }
            group.addTask {
                while (try? await self.clock.sleep(for: Self.tick)) != nil { self.update { $0.tick() } }
            }
        }
    }

    /// Waits until the next check is due. It is due at once if another check finds a problem meanwhile.
    private func rest(from index: Int) async {
        guard problem == nil else {
            try? await clock.sleep(for: min(Self.tick, probes[index].interval()))
            return
        }
        await withTaskGroup { group in
            group.addTask { try? await self.clock.sleep(for: self.probes[index].interval()) }
            group.addTask { for await problem in self.changes() where problem != nil { return } }
            await group.next()
            group.cancelAll()
        }
    }

    /// Takes no more work, and tells every watcher.
    package func beginStopping() {
        update { $0.beginStopping() }
        let watchers = state.withLock { state in
            state.isStopping = true
            return state.watchers.values.map(\.self)
        }
        for watcher in watchers { watcher.finish() }
    }

    @discardableResult
    private func look(at index: Int) async -> PackagingError? {
        do throws(PackagingError) {
            try await probes[index].look()
            update { $0.looked(at: index, found: nil) }
            return nil
        } catch {
            // A check that was cancelled because the daemon ends has no result.
            if !Task.isCancelled { update { $0.looked(at: index, found: error) } }
            return error
        }
    }

    private func update(_ change: (inout HealthRecord) -> Void) {
        // This happens under the lock, so that no watcher receives two changes in the wrong order.
        let (before, now) = state.withLock { state in
            let before = state.record.problem
            change(&state.record)
            let now = state.record.problem
            if before?.reason != now?.reason {
                for watcher in state.watchers.values { watcher.yield(now) }
            }
            return (before, now)
        }
        // The code that starts or stops the daemon logs that itself.
        guard before?.reason != now?.reason, now?.reason != HealthRecord.stopping else { return }
        if let now {
            logger.warning("not serving", metadata: ["reason": "\(now.reason)", "error": "\(now)"])
        } else if before?.reason != HealthRecord.starting {
            logger.notice("serving again")
        }
    }
}
