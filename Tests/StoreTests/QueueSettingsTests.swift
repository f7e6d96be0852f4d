import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store
import Testing

@Suite("The lease is a row of the database", .serialized)
struct QueueSettingsTests {
    private func setLease(_ seconds: Int, _ fixture: StoreFixture) async throws {
        try await Migrator(client: fixture.database.owner, logger: Logger(label: "test")).migrate(lease: seconds)
    }

    private let progress = JobProgress(percent: 0, step: "")

    @Test("it is 15 s in a new database, and claims and beats report it")
    func usual() async throws {
        try await withStore { fixture in
            #expect(try await fixture.jobs.lease() == .seconds(15))
            let claim = try await fixture.running()
            #expect(claim.lease == .seconds(15))
            #expect(try await fixture.jobs.beat([(claim, progress)]).map(\.lease) == [.seconds(15)])
        }
    }

    @Test("set to another length, it holds for the next claim and the next beat", arguments: [2, 40, 3600])
    func changed(seconds: Int) async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let first = try await fixture.running("one")
            try await setLease(seconds, fixture)
            #expect(try await fixture.jobs.lease() == .seconds(seconds))
            let second = try await fixture.running("two")
            #expect(second.lease == .seconds(seconds))
            #expect(try await fixture.jobs.beat([(first, progress)]).map(\.lease) == [.seconds(seconds)])
            try await fixture.setClock(seconds: Double(seconds))
            #expect(try await fixture.jobs.sweep().filter { $0.job == second.job }.isEmpty)
            try await fixture.setClock(seconds: Double(seconds) + 0.001)
            #expect(try await fixture.jobs.sweep().map(\.job).contains(second.job))
        }
    }

    @Test("a shorter lease does not shorten that of a job whose daemon has not learned of it")
    func promised() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let claim = try await fixture.running()
            try await setLease(2, fixture)
            // The answers to both calls may have been lost.
            _ = try await fixture.jobs.advance(claim, to: .processing, progress)
            _ = try await fixture.jobs.beat([(claim, progress)])
            try await fixture.setClock(seconds: 15)
            #expect(try await fixture.jobs.sweep().isEmpty)
            try await fixture.setClock(seconds: 15.001)
            #expect(try await fixture.jobs.sweep().map(\.job) == [claim.job])
        }
    }

    @Test("a lease below 2 s or above an hour is refused, and nothing is changed", arguments: [1, 3601])
    func bounds(seconds: Int) async throws {
        try await withStore { fixture in
            let error = await #expect(throws: PackagingError.self) { try await setLease(seconds, fixture) }
            #expect(error?.message == "a lease of \(seconds) s is not between 2 and 3600 s")
            await #expect(throws: PostgresError.self) {
                try await fixture.database.owner.execute(
                    "UPDATE packaging.queue_settings SET lease_seconds = \(Int32(seconds))"
                )
            }
            let lease = try await fixture.jobs.lease()
            #expect(lease == .seconds(15))
        }
    }

    @Test("the lease is in a single row, and a daemon cannot change it")
    func single() async throws {
        try await withStore { fixture in
            try await fixture.store.checkSchema()
            for insert in [
                "INSERT INTO packaging.queue_settings (is_only, lease_seconds) VALUES (true, 20)",
                "INSERT INTO packaging.queue_settings (is_only, lease_seconds) VALUES (false, 20)",
            ] {
                await #expect(throws: PostgresError.self) {
                    try await fixture.database.owner.execute(SQL(unescaped: insert))
                }
            }
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.database.app.execute("UPDATE packaging.queue_settings SET lease_seconds = 20")
            }
            #expect(error?.sqlState == .insufficientPrivilege)
        }
    }
}
