public import Logging
public import Model
public import Postgres
public import Store

/// Turns committed events into streams: what happened after a sequence, then what happens.
///
/// Only what was committed is told, in its order and without gaps. Word of news comes by NOTIFY; because it may be lost, every
/// stream also looks by itself.
public final class EventFeed: Sendable {
    /// How long a stream waits for word before it looks by itself.
    private static let pollInterval = Duration.seconds(5)

    private let events: EventStore
    private let jobs: JobStore
    private let client: PostgresClient
    private let signals = ProjectSignals()
    private let onNewJobs: @Sendable () -> Void
    private let logger: Logger

    /// A feed of the events in `events`; ``run()`` makes it hear of news.
    ///
    /// - Parameter onNewJobs: Called when there may be jobs to claim or orders to stop some.
    public init(
        events: EventStore,
        jobs: JobStore,
        client: PostgresClient,
        logger: Logger,
        onNewJobs: @escaping @Sendable () -> Void
    ) {
        self.events = events
        self.jobs = jobs
        self.client = client
        self.logger = logger
        self.onNewJobs = onNewJobs
    }

    /// Passes on word of news until the task is cancelled; then all streams end.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.pollInterval)
                    self.signals.signalAll()
                }
            }
            for await event in client.listen([StoreChannel.events, StoreChannel.jobs]) {
                switch event {
                case .notification(StoreChannel.events, let payload):
                    for project in EventStore.projects(inPayload: payload) { signals.signal(project) }
                case .notification:
                    onNewJobs()
                case .reconnected:
                    signals.signalAll()
                    onNewJobs()
                }
            }
            group.cancelAll()
        }
        signals.end()
    }

    /// Ends all streams: the daemon stops, and watchers go on at another.
    public func end() {
        signals.end()
    }

    /// Hands every event of `target` after `sequence` to `receive`, in order, until all of its jobs have ended and all their
    /// events were handed over.
    ///
    /// - Parameter project: The project of `target`.
    /// - Throws: What `receive` throws; ``PackagingError`` with code `unavailable` when the daemon stops.
    public func follow(
        _ target: EventScope,
        project: ProjectID,
        after sequence: Int64,
        tenant: TenantID,
        receive: (JobEvent) async throws -> Void
    ) async throws {
        // Listening comes before looking, so that nothing falls between the two.
        var news = signals.signals(of: project).makeAsyncIterator()
        var last = sequence
        while true {
            // The state comes before the events, so that an end is told only after everything before it.
            let isOver = try await isOver(target, tenant)
            while true {
                let page = try await events.events(of: target, after: last, limit: Self.pageSize, tenant: tenant)
                for event in page {
                    try await receive(event)
                    last = event.sequence
                }
                if page.count < Self.pageSize { break }
            }
            if isOver { return }
            try Task.checkCancellation()
            guard await news.next() != nil else {
                try Task.checkCancellation()
                throw PackagingError(
                    .unavailable,
                    "the daemon is stopping",
                    reason: PackagingError.serverStopping,
                    hint: "Watch again after sequence \(last).",
                    metadata: ["lastSequence": "\(last)"],
                    retryAfter: .seconds(1)
                )
            }
        }
    }

    private static let pageSize = 500

    private func isOver(_ target: EventScope, _ tenant: TenantID) async throws(PackagingError) -> Bool {
        switch target {
        case .job(let id): try await jobs.job(id, tenant: tenant)?.status.isTerminal ?? true
        case .batch(let id): try await jobs.jobs(batch: id, tenant: tenant).allSatisfy(\.status.isTerminal)
        }
    }
}
