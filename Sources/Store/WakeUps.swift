package import Logging
package import Model
internal import Synchronization

/// Notifies all daemons that there is news. NOTIFY makes commits wait for each other, so all news of 50 ms is gathered
/// and sent together, in a statement of its own.
///
/// A notification may be lost, when the database is away or the daemon dies; every waiting task also looks by itself.
package final class WakeUps: Sendable {
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

    /// Notifications that are sent through `store` while ``run()`` runs.
    package init(store: Store, logger: Logger) {
        events = store.events
        jobs = store.jobs
        self.logger = logger
    }

    /// These projects have new events, and the events are committed.
    package func events(of projects: some Sequence<ProjectID>) {
        news.withLock { $0.projects.formUnion(projects) }
        ring.yield()
    }

    /// There are jobs to claim, or requests to stop some.
    package func newJobs() {
        news.withLock { $0.hasJobs = true }
        ring.yield()
    }

    /// Sends notifications until the task is cancelled, and then those that are left.
    package func run() async {
        for await _ in bell {
            await send()
            try? await Task.sleep(for: Self.interval)
        }
        // The task is cancelled, so its statements would be cancelled too. A new task sends what is left.
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
