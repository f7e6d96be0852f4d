import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store
import Testing

@Suite("How long rows are kept is a row of the database", .serialized)
struct RetentionSettingsTests {
    private func migrator(_ fixture: StoreFixture) -> Migrator {
        Migrator(client: fixture.database.owner, logger: Logger(label: "test"))
    }

    @Test("a new database keeps jobs for 30 days, events for 7, rows about deleted bytes for 7, and the audit for 400")
    func usual() async throws {
        try await withStore { fixture in
            let retention = try await migrator(fixture).retention()
            #expect(retention == Retention())
            #expect([retention?.jobs, retention?.events, retention?.deleted, retention?.audit] == [30, 7, 7, 400])
        }
    }

    @Test("what is set holds for the next removal, and the rest stays as it is")
    func changed() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let claim = try await fixture.running()
            #expect(try await fixture.jobs.giveUp(claim, .failed("bad")) == .failed)
            try await migrator(fixture).migrate(keeping: Retention.Change(events: 10))
            try await migrator(fixture).migrate(keeping: Retention.Change(jobs: 60))
            try await migrator(fixture).migrate(lease: 20)
            let retention = try await migrator(fixture).retention()
            #expect([retention?.jobs, retention?.events, retention?.deleted] == [60, 10, 7])
            try await fixture.setClock(seconds: 9 * 86_400)
            #expect(try await fixture.store.history.removeEvents(limit: 10) == 0)
            try await migrator(fixture).migrate(keeping: Retention.Change(events: 8))
            #expect(try await fixture.store.history.removeEvents(limit: 10) == 3)
        }
    }

    @Test(
        "days out of bounds, and events that would outlive their jobs, are refused, and nothing is changed",
        arguments: [
            Retention.Change(jobs: 0), Retention.Change(deleted: 3651), Retention.Change(audit: 3651),
            Retention.Change(jobs: 6),
            Retention.Change(events: 31), Retention.Change(jobs: 20, events: 21),
        ]
    )
    func refused(change: Retention.Change) async throws {
        try await withStore { fixture in
            let error = await #expect(throws: PackagingError.self) {
                try await migrator(fixture).migrate(keeping: change)
            }
            #expect(error?.code == .invalidArgument)
            let retention = try await migrator(fixture).retention()
            #expect(retention == Retention())
        }
    }

    @Test("the message names the numbers")
    func words() {
        let long = #expect(throws: PackagingError.self) {
            try Retention().changed(by: Retention.Change(jobs: 5))
        }
        #expect(long?.message == "events cannot be kept for 7 days when their jobs are kept for 5")
        let none = #expect(throws: PackagingError.self) {
            try Retention().changed(by: Retention.Change(events: 0))
        }
        #expect(none?.message == "keeping events for 0 days is not possible: 1 to 3650 days are")
    }

    @Test("the database itself refuses them too, and a daemon cannot change them")
    func table() async throws {
        try await withStore { fixture in
            for change in [
                "keep_jobs_days = 6", "keep_events_days = 31", "keep_deleted_days = 0", "keep_audit_days = 0",
            ] {
                let statement = SQL(unescaped: "UPDATE packaging.queue_settings SET \(change)")
                let error = await #expect(throws: PostgresError.self) {
                    try await fixture.database.owner.execute(statement)
                }
                #expect(error?.sqlState == .checkViolation)
                let denied = await #expect(throws: PostgresError.self) {
                    try await fixture.database.app.execute(statement)
                }
                #expect(denied?.sqlState == .insufficientPrivilege)
            }
        }
    }
}
