public import Logging
public import Model
internal import Synchronization

/// Tells all daemons that there is news, seldom and together: NOTIFY makes commits wait for each other, so what is told
/// within 50 ms travels in one statement of its own.
///
/// Word may be lost, when the database is away or the daemon dies; whoever waits for it also looks by itself.
public final class WakeUps: Sendable {
    private struct News {
        var projects: Set<ProjectID> = []
        var hasJobs = false

        var isEmpty: Bool { projects.isEmpty && !hasJobs }
    }

    private static let interval = Duration.milliseconds(50)

    private let news = Mutex(News())
    private let (bell, ring) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    private let events: EventStore
    private let jobs: JobStore
    private let logger: Logger

    /// Word that travels through `store`; ``run()`` sends it.
    public init(store: Store, logger: Logger) {
        events = store.events
        jobs = store.jobs
        self.logger = logger
    }

    /// These projects have new events, which are committed.
    public func events(of projects: some Sequence<ProjectID>) {
        news.withLock { $0.projects.formUnion(projects) }
        ring.yield()
    }

    /// There are jobs to claim, or orders to stop some.
    public func newJobs() {
        news.withLock { $0.hasJobs = true }
        ring.yield()
    }

    /// Sends word until the task is cancelled, and then what is left.
    public func run() async {
        for await _ in bell {
            await send()
            try? await Task.sleep(for: Self.interval)
        }
        // The task is cancelled, and a statement of a cancelled task would be as well.
        await Task { await send() }.value
    }

    private func send() async {
        let news = news.withLock { news in
            defer { news = News() }
            return news
        }
        guard !news.isEmpty else { return }
        do {
            if news.hasJobs { try await jobs.notify() }
            try await events.notify(news.projects)
        } catch {
            logger.debug("could not send word of news", metadata: ["error": "\(error)"])
        }
    }
}
