public import PackagingMessages
internal import Synchronization
internal import TTRPC

/// The events of a job or a batch. The sequence continues after a lost connection.
///
/// Each iteration has its own connection. When it is lost, the iterator connects again and asks for the events after
/// the last one it returned, so no event is missed or returned twice. The sequence ends when every watched job has
/// ended.
///
/// The daemon removes events some days after the end of their job. If such events were asked for, the first elements are
/// the present states of the jobs instead, with `compacted` set.
public struct JobEvents: AsyncSequence, Sendable {
    /// The steps of jobs.
    public typealias Element = JobEvent
    /// The error that ends a watch.
    public typealias Failure = PackagingError

    let client: PackagingClient
    let target: WatchJobRequest.Target
    let sequence: Int64
    let patience: Duration
    let onInterruption: (@Sendable (PackagingError) -> Void)?
    let onResumption: (@Sendable () -> Void)?

    /// Creates an iterator. The watch begins with the first call of `next`.
    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }

    /// Returns the events of one ``JobEvents``. Two tasks must not use it at the same time.
    public struct Iterator: AsyncIteratorProtocol {
        private let events: JobEvents
        private var sequence: Int64
        private var line: Line?
        /// Whether an event has come.
        private var hasReached = false
        private var refusals = Refusals()
        /// Whether the connection was lost, and nothing has shown since that it works again.
        private var isInterrupted = false
        private var hasEnded = false

        /// A connection and the stream on it.
        private final class Line {
            let connection: ClientConnection
            let openedAt = ContinuousClock.now
            /// Set if the caller is still to be told that the connection works.
            let resumption: Resumption?
            var replies: MessageReader<JobEvent>.AsyncIterator

            init(_ connection: ClientConnection, _ replies: MessageReader<JobEvent>, _ resumption: Resumption?) {
                self.connection = connection
                self.replies = replies.makeAsyncIterator()
                self.resumption = resumption
            }

            // An iterator may be dropped before its end. Nothing waits for the closing, and the closed connection tells
            // the daemon that the events are no longer needed.
            deinit { Task { [connection] in await connection.close() } }
        }

        fileprivate init(events: JobEvents) {
            self.events = events
            sequence = events.sequence
        }

        /// The next event; nil when every watched job has ended.
        ///
        /// - Throws: ``PackagingError``: the daemon's refusal, or `unavailable` if the daemon could not be reached for
        ///   the whole `patience`.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(PackagingError) -> JobEvent? {
            var lostAt: ContinuousClock.Instant?
            var pause = Duration.milliseconds(100)
            while !hasEnded {
                do {
                    let line = try await openLine()
                    guard let event = try await line.replies.next(isolation: actor) else {
                        hasEnded = true
                        self.line = nil
                        return nil
                    }
                    line.resumption?.tell()
                    refusals.worked()
                    isInterrupted = false
                    hasReached = true
                    guard event.sequence > sequence else { continue }
                    sequence = event.sequence
                    return event
                } catch {
                    let now = ContinuousClock.now
                    // A connection that lasted so long has worked, even if no event came.
                    if let line, now - line.openedAt >= .seconds(5) {
                        (lostAt, pause, isInterrupted) = (nil, .milliseconds(100), false)
                    }
                    if line?.resumption?.end() == true { isInterrupted = false }
                    // A token that ended is replaced on a new connection; where it is refused there, that was the last word.
                    if error.code == .unauthenticated, let line, events.client.tokens?.isRenewable == true,
                        refusals.mayGoOn(after: now - line.openedAt)
                    {
                        self.line = nil
                        continue
                    }
                    line = nil
                    let since = lostAt ?? now
                    // What TLS refuses at first, it will refuse again.
                    let isFinal = error.reason.hasPrefix("TLS_") && !hasReached
                    guard error.code == .unavailable, !isFinal, now - since < events.patience else {
                        hasEnded = true
                        throw error.advisedForTLS
                    }
                    if !isInterrupted { events.onInterruption?(error) }
                    isInterrupted = true
                    lostAt = since
                }
                do { try await Task.sleep(for: pause) } catch {
                    throw PackagingError(.cancelled, "the watch was cancelled")
                }
                pause = Swift.min(pause * 2, .seconds(5))
            }
            return nil
        }

        /// As ``next(isolation:)``.
        public mutating func next() async throws(PackagingError) -> JobEvent? {
            try await next(isolation: #isolation)
        }

        private mutating func openLine() async throws(PackagingError) -> Line {
            if let line { return line }
            let connection = try await events.client.openConnection()
            let request = WatchJobRequest(target: events.target, afterSequence: sequence)
            let replies = try connection.serverStream(
                PackagingMethods.watchJob,
                request,
                metadata: events.client.metadata
            )
            var resumption: Resumption?
            if isInterrupted, let tell = events.onResumption {
                // The next event may be far away, so the daemon is asked on the same connection whether it is well.
                let new = Resumption(tell)
                Task { if await Self.isAnswering(connection) { new.tell() } }
                resumption = new
            }
            let line = Line(connection, replies, resumption)
            self.line = line
            return line
        }

        /// Whether the daemon answers, and does not say that it cannot answer a watch now.
        private static func isAnswering(_ connection: ClientConnection) async -> Bool {
            let request = HealthCheckRequest()
            do throws(PackagingError) {
                let reply = try await connection.unary(
                    HealthMethods.check,
                    request,
                    metadata: [:],
                    timeout: .seconds(10)
                )
                let hindrances = ["DATABASE_UNAVAILABLE", "SERVER_STARTING", PackagingError.serverStopping]
                return reply.status != .notServing || !hindrances.contains(reply.reason)
            } catch {
                return ![.unavailable, .deadlineExceeded, .cancelled].contains(error.code)
            }
        }
    }

    /// Tells once that a lost connection works again: when the first event comes, or the daemon says that it is well.
    private final class Resumption: Sendable {
        private enum State {
            case due(@Sendable () -> Void)
            case told
            case ended
        }

        private let state: Mutex<State>

        init(_ tell: @escaping @Sendable () -> Void) { state = Mutex(.due(tell)) }

        func tell() {
            state.withLock { state in
                // It is told under the lock, so that nothing is told after the end.
                guard case .due(let tell) = state else { return }
                tell()
                state = .told
            }
        }

        /// The connection is lost again. Returns whether the caller was told that it works.
        func end() -> Bool {
            state.withLock { state in
                defer { state = .ended }
                if case .told = state { return true }
                return false
            }
        }
    }
}

extension PackagingClient {
    /// Follows a job, or all jobs of a batch.
    ///
    /// - Parameters:
    ///   - target: The job or the batch.
    ///   - sequence: Only events after this one are given; 0 for all.
    ///   - patience: How long attempts to connect again are made before the watch fails.
    ///   - onInterruption: Called once each time the connection is lost.
    ///   - onResumption: Called once each time a lost connection was opened again and the daemon answers.
    public func events(
        of target: WatchJobRequest.Target,
        after sequence: Int64 = 0,
        patience: Duration = .seconds(120),
        onInterruption: (@Sendable (PackagingError) -> Void)? = nil,
        onResumption: (@Sendable () -> Void)? = nil
    ) -> JobEvents {
        JobEvents(
            client: self,
            target: target,
            sequence: sequence,
            patience: patience,
            onInterruption: onInterruption,
            onResumption: onResumption
        )
    }
}
