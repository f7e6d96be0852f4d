import Logging
import Store

/// The objects with which this daemon's attempts write to their rows in the job table.
struct JobTable: Sendable {
    let store: JobStore
    let leases: LeaseKeeper
    let gate: HealthGate
    let releases: Releases
    let wakeUps: WakeUps
    let logger: Logger
}
