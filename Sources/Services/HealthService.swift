public import Logging
public import Model
import Synchronization

/// Knows whether this daemon takes work, and if not, why.
///
/// It looks at what the daemon cannot work without at intervals of its own, so an answer costs nothing and is some seconds
/// old at most. What hangs is noticed after half a minute.
public final class HealthService: Sendable {
    /// One thing that the daemon cannot work without.
    public struct Probe: Sendable {
        /// The constant that callers are told where the problem has none of its own.
        var reason: String
        /// The time from one look to the next while the daemon serves. While it does not, everything is looked at every
        /// second.
        var interval: Duration
        /// Looks, and throws what is wrong.
        var look: @Sendable () async throws(PackagingError) -> Void

        /// A probe with these values.
        public init(
            reason: String,
            every interval: Duration,
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

    private static let tick = Duration.seconds(1)

    private let probes: [Probe]
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>

    /// A service that looks with `probes`, of which the first has the first word. It has not looked yet.
    public init(probes: [Probe], clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.probes = probes
        self.clock = clock
        self.logger = logger
        state = Mutex(State(record: HealthRecord(reasons: probes.map(\.reason), patience: 30)))
    }

    /// Why the daemon takes no work; nil if it does.
    public var problem: PackagingError? { state.withLock { $0.record.problem } }

    /// ``problem`` now and after each change of it. Ends when the daemon stops, after saying so.
    public func changes() -> AsyncStream<PackagingError?> {
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

    /// Looks at everything once.
    ///
    /// - Returns: The first problem that this look found.
    @discardableResult
    public func lookOnce() async -> PackagingError? {
        var first: PackagingError?
        for index in probes.indices {
            let problem = await look(at: index)
            first = first ?? problem
        }
        return first
    }

    /// Looks again and again until the task is cancelled.
    public func run() async {
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

    /// Waits until it is time to look again: at once, where a problem is found meanwhile by whoever looks.
    private func rest(from index: Int) async {
        guard problem == nil else {
            try? await clock.sleep(for: Self.tick)
            return
        }
        await withTaskGroup { group in
            group.addTask { try? await self.clock.sleep(for: self.probes[index].interval) }
            group.addTask { for await problem in self.changes() where problem != nil { return } }
            await group.next()
            group.cancelAll()
        }
    }

    /// Takes no more work, and says so to who watches.
    public func beginStopping() {
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
            // A look that was cut short by the daemon's end has found out nothing.
            if !Task.isCancelled { update { $0.looked(at: index, found: error) } }
            return error
        }
    }

    private func update(_ change: (inout HealthRecord) -> Void) {
        // Under the lock, so that nobody hears of two changes in the wrong order.
        let (before, now) = state.withLock { state in
            let before = state.record.problem
            change(&state.record)
            let now = state.record.problem
            if before?.reason != now?.reason {
                for watcher in state.watchers.values { watcher.yield(now) }
            }
            return (before, now)
        }
        // The start and the stop are told by who does them.
        guard before?.reason != now?.reason, now?.reason != HealthRecord.stopping else { return }
        if let now {
            logger.warning("not serving", metadata: ["reason": "\(now.reason)", "error": "\(now)"])
        } else if before?.reason != HealthRecord.starting {
            logger.notice("serving again")
        }
    }
}
