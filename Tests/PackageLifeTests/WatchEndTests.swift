import DatabaseTestSupport
import Logging
import Model
import Store
import TestSupport
import Testing
import Watch

@Suite("The end of a watch")
struct WatchEndTests {
    @Test("a watch that ends because the daemon stops says so, and names the event after which to continue")
    func stopping() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let claim = try await life.claim(project)
            let feed = EventFeed(
                events: life.store.events,
                jobs: life.store.jobs,
                client: life.database.app,
                logger: Logger(label: "test"),
                onNewJobs: {}
            )
            let error = await #expect(throws: PackagingError.self) {
                try await feed.follow(.job(claim.job), project: project, after: 0, tenant: life.tenant) { event in
                    if event.status == .downloadingAudio { feed.end() }
                }
            }
            #expect(error?.code == .unavailable && error?.reason == "SERVER_STOPPING")
            #expect(error?.metadata["lastSequence"] == "2" && error?.retryAfter != nil)
        }
    }
}
