package import Logging
import Model
package import Store
import Synchronization

/// Jobs that this daemon gives back at no cost, because it lost what they need or stops. They are kept here while the
/// database cannot be reached.
///
/// There are never more of them than the daemon had claimed.
package final class Releases: Sendable {
    private let claims = Mutex<[Claim]>([])
    private let store: JobStore
    private let wakeUps: WakeUps
    private let logger: Logger

    /// Nothing to give back yet.
    package init(store: JobStore, wakeUps: WakeUps, logger: Logger) {
        self.store = store
        self.wakeUps = wakeUps
        self.logger = logger
    }

    /// The job of `claim` is given back as soon as the database can be reached.
    func add(_ claim: Claim) {
        claims.withLock { $0.append(claim) }
    }

    /// Gives back all jobs that wait for it. If the lease of a job has expired meanwhile, the job belongs to another
    /// attempt and is left to it; the loss of this daemon, which lives, is undone.
    func giveBack() async {
        let waiting = claims.withLock { claims in
            defer { claims = [] }
            return claims
        }
        for claim in waiting {
            do {
                guard try await store.giveBack(claim) else { continue }
                logger.notice("gave back the job", metadata: ["job": "\(claim.job)", "project": "\(claim.project)"])
                wakeUps.events(of: [claim.project])
                wakeUps.newJobs()
            } catch {
                add(claim)
            }
        }
    }
}
