import Logging
import Store

/// What the attempts of this daemon need to keep their rows in the job table.
struct JobTable: Sendable {
    let store: JobStore
    let leases: LeaseKeeper
    let gate: HealthGate
    let releases: Releases
    let wakeUps: WakeUps
    let logger: Logger
}
