package import Logging
import Model
package import Store
import Synchronization

/// Jobs that this daemon gives back at no cost, because it lost what they need; kept while the database is what is
/// away.
///
/// There are never more than the daemon had claimed.
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

    /// The job of `claim` is to be given back as soon as the database can be told.
    func add(_ claim: Claim) {
        claims.withLock { $0.append(claim) }
    }

    /// Gives back what waits for it. A job whose lease has run out meanwhile is another's, and stays that.
    func giveBack() async {
        let waiting = claims.withLock { claims in
            defer { claims = [] }
            return claims
        }
        for claim in waiting {
            do {
                guard try await store.giveUp(claim, .returned) != nil else { continue }
                logger.notice("gave back the job", metadata: ["job": "\(claim.job)", "project": "\(claim.project)"])
                wakeUps.events(of: [claim.project])
                wakeUps.newJobs()
            } catch {
                add(claim)
            }
        }
    }
}
