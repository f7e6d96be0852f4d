import DatabaseTestSupport
import Logging
import Postgres
import Queue
import Store
import Testing

@Suite("Jobs whose lease ran out", .timeLimit(.minutes(5)))
struct RescuerTests {
    @Test("are announced to every daemon when they are taken back, because another one may be free")
    func announced() async throws {
        try await PackageLife.with { life in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let wakeUps = WakeUps(store: life.store, logger: logger)
            let rescuer = Rescuer(
                store: life.store.jobs,
                releases: Releases(store: life.store.jobs, wakeUps: wakeUps, logger: logger),
                wakeUps: wakeUps,
                logger: logger,
                lease: CurrentLease(.seconds(15))
            ) {}
            try await life.setClock(seconds: 0)
            _ = try await life.claim(try await life.project())
            try await life.setClock(seconds: 16)
            var news = life.database.app.listen([StoreChannel.jobs]).makeAsyncIterator()
            #expect(await news.next() == .reconnected)
            await withDiscardingTaskGroup { group in
                group.addTask { await wakeUps.run() }
                group.addTask { await rescuer.run() }
                #expect(await news.next() == .notification(channel: StoreChannel.jobs, payload: ""))
                group.cancelAll()
            }
        }
    }
}
