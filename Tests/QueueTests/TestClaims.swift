import Logging
import Model
import Postgres
import Store

@testable import Queue

func testJob(_ number: Int) -> JobID { JobID(high: 0, low: UInt64(number)) }

/// A claim of job `number` of one batch.
func testClaim(_ number: Int, epoch: Int64 = 1, lease: Duration = .seconds(30)) -> Claim {
    Claim(
        tenant: Tenant.localID,
        project: ProjectID(high: 0, low: 1),
        batch: BatchID(high: 0, low: 1),
        job: testJob(number),
        platform: Platform.allCases[(number - 1) % Platform.allCases.count],
        epoch: Epoch(epoch),
        attempt: 1,
        location: BlobLocation(container: "t-0-temp", path: "\(number)"),
        lease: lease
    )
}

/// A job table whose database is away: every call ends with an error, and every look at the daemon's health waits for
/// `look`.
func tableWithoutDatabase(look: @escaping @Sendable () async -> PackagingError?) -> JobTable {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let nowhere = PostgresConfiguration(url: "host=/nonexistent user=nobody dbname=none")
    let store = Store(client: PostgresClient(configuration: nowhere, logger: logger))
    let wakeUps = WakeUps(store: store, logger: logger)
    return JobTable(
        store: store.jobs,
        leases: LeaseKeeper(store: store.jobs, wakeUps: wakeUps, logger: logger),
        gate: HealthGate(isOpen: { false }, look: look),
        releases: Releases(store: store.jobs, wakeUps: wakeUps, logger: logger),
        wakeUps: wakeUps,
        logger: logger
    )
}
