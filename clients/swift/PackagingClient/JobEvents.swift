public import PackagingMessages
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

    /// Creates an iterator. The watch begins with the first call of `next`.
    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }

    /// Returns the events of one ``JobEvents``. Two tasks must not use it at the same time.
    public struct Iterator: AsyncIteratorProtocol {
        private let events: JobEvents
        private var sequence: Int64
        private var line: Line?
        private var hasEnded = false

        /// A connection and the stream on it.
        private final class Line {
            let connection: RPCConnection
            var replies: MessageReader<JobEvent>.AsyncIterator

            init(_ connection: RPCConnection, _ replies: MessageReader<JobEvent>) {
                self.connection = connection
                self.replies = replies.makeAsyncIterator()
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
                    guard event.sequence > sequence else { continue }
                    sequence = event.sequence
                    return event
                } catch {
                    line = nil
                    let now = ContinuousClock.now
                    let since = lostAt ?? now
                    guard error.code == .unavailable, now - since < events.patience else {
                        hasEnded = true
                        throw error
                    }
                    if lostAt == nil { events.onInterruption?(error) }
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
            let line = Line(connection, replies)
            self.line = line
            return line
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
    public func events(
        of target: WatchJobRequest.Target,
        after sequence: Int64 = 0,
        patience: Duration = .seconds(120),
        onInterruption: (@Sendable (PackagingError) -> Void)? = nil
    ) -> JobEvents {
        JobEvents(
            client: self,
            target: target,
            sequence: sequence,
            patience: patience,
            onInterruption: onInterruption
        )
    }
}
