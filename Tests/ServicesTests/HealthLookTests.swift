import Logging
import Model
import Services
import Synchronization
import TestSupport
import Testing

@Suite("Looks at a daemon's health")
struct HealthLookTests {
    @Test("a problem that is found between two looks is checked at once, and every second until it has passed")
    func foundByOthers() async throws {
        let clock = ManualClock()
        let (looks, looked) = AsyncStream<Void>.makeStream()
        let problem = Mutex<PackagingError?>(nil)
        let probe = HealthService.Probe(reason: "A", every: .seconds(1000)) { () throws(PackagingError) in
            looked.yield()
            if let error = problem.withLock({ $0 }) { throw error }
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let health = HealthService(probes: [probe], clock: clock, logger: logger)
        try await withTimeLimit("the looks") {
            await withDiscardingTaskGroup { group in
                group.addTask { await health.run() }
                var beginnings = looks.makeAsyncIterator()
                await beginnings.next()
                // Two tasks sleep: the probe, and the task that counts the ticks.
                await clock.waitForSleepers(2)
                problem.withLock { $0 = PackagingError(.unavailable, "away") }
                await health.lookOnce()
                await beginnings.next()
                guard await beginnings.next() != nil else { return }
                await clock.waitForSleepers(2)
                #expect(health.problem?.reason == "A")
                problem.withLock { $0 = nil }
                var changes = health.changes().makeAsyncIterator()
                _ = await changes.next()
                clock.advance(by: .seconds(1))
                _ = await changes.next()
                #expect(health.problem == nil)
                group.cancelAll()
            }
        }
    }
}
