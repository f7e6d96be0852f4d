package import Logging
package import Model
package import Postgres
package import Store

/// Turns committed events into streams: first the events after a given sequence number, then new events as they come.
///
/// Only committed events are delivered, in order and without gaps. NOTIFY announces new events; because a notification
/// may be lost, every stream also looks for new events by itself.
package final class EventFeed: Sendable {
    /// How long a stream waits for a notification before it looks by itself.
    private static let pollInterval = Duration.seconds(5)

    private let events: EventStore
    private let jobs: JobStore
    private let client: PostgresClient
    private let signals = ProjectSignals()
    private let onNewJobs: @Sendable () -> Void
    private let logger: Logger

    /// A feed of the events in `events`. It receives notifications while ``run()`` runs.
    ///
    /// - Parameter onNewJobs: Called when there may be new jobs to claim, or requests to stop some.
    package init(
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

    /// Passes notifications on until the task is cancelled; then all streams end.
    package func run() async {
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

    /// Ends all streams, because the daemon stops. Watchers can go on at another daemon.
    package func end() {
        signals.end()
    }

    /// Passes every event of `target` after `sequence` to `receive`, in order, until all of its jobs have ended and all
    /// their events were passed on.
    ///
    /// If some of these events were removed already, `receive` first gets the present states of the jobs in place of all
    /// events up to now; ``JobEvent/isCompacted`` says so.
    ///
    /// - Parameter project: The project of `target`.
    /// - Throws: What `receive` throws; ``PackagingError`` with code `unavailable` when the daemon stops, or the error
    ///   of the database; `CancellationError`.
    package func follow(
        _ target: EventScope,
        project: ProjectID,
        after sequence: Int64,
        tenant: TenantID,
        receive: (JobEvent) async throws -> Void
    ) async throws {
        // The stream starts to listen before it looks for events, so that no event is missed between the two.
        var news = signals.signals(of: project).makeAsyncIterator()
        var last = sequence
        while true {
            // The state is read before the events, so that the stream ends only after all events up to the end were
            // passed on.
            let isOver = try await isOver(target, tenant)
            while true {
                let page = try await events.page(of: target, after: last, limit: Self.pageSize, tenant: tenant)
                let isCompacted = page.removed > last
                let next = isCompacted ? try await events.states(of: target, after: last, tenant: tenant) : page.events
                for event in next {
                    try await receive(event)
                    last = event.sequence
                }
                if isCompacted {
                    last = max(last, page.removed)
                } else if next.count < Self.pageSize {
                    break
                }
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
