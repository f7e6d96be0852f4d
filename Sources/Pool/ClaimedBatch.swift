import Model
import Planning
import Store
import Synchronization

/// The jobs of one batch that this daemon claimed together, and what is common to them.
///
/// A job can leave while the work for the others goes on; ``LiveClaims`` decides what that means.
final class ClaimedBatch: Sendable {
    private struct State {
        var claims: LiveClaims
        var stop: (@Sendable () -> Void)?
    }

    /// The tenant of all its jobs.
    let tenant: TenantID
    /// The project that they package.
    let project: ProjectID
    /// The batch.
    let id: BatchID
    /// Every claim, in the order of platforms, whether its job lives or not.
    let claims: [Claim]
    private let state: Mutex<State>

    /// A batch whose jobs all live; nil without claims.
    ///
    /// - Parameter claims: Claims of one batch, as one statement answered them.
    init?(_ claims: [Claim]) {
        guard let any = claims.first else { return nil }
        (tenant, project, id) = (any.tenant, any.project, any.batch)
        self.claims = claims
        state = Mutex(State(claims: LiveClaims(claims)))
    }

    /// The claims of the jobs that live, in the order of platforms.
    var live: [Claim] { state.withLock { $0.claims.live } }

    /// The platforms of the jobs that live.
    var platforms: Set<Platform> { Set(live.map(\.platform)) }

    /// The work on a job has ended or must end. Work that is the batch's is stopped at once if this was the last job.
    func leave(_ job: JobID) {
        let stop = state.withLock { $0.claims.leave(job) ? $0.stop : nil }
        stop?()
    }

    /// Calls `stop`, once, when no job lives any more: at once if that is so already.
    func whenNoneLives(_ stop: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.stop = stop
            return state.claims.live.isEmpty
        }
        if isOver { stop() }
    }

    /// Fixes what the batch builds, unless that is fixed already, as a job that lives.
    ///
    /// - Returns: The plan that holds, which may be another than `plan`.
    /// - Throws: ``AnotherAttempt`` if all jobs that live belong to other attempts; what the database says.
    func freeze(_ plan: BatchPlan, in store: JobStore) async throws -> BatchPlan {
        let text = try PlanCoding.encode(plan)
        var refused: Set<JobID> = []
        while let claim = state.withLock({ $0.claims.writer(except: refused) }) {
            if let frozen = try await store.freezePlan(text, recipes: plan.recipes, claim: claim) {
                return try PlanCoding.decode(frozen)
            }
            // Its row is another attempt's, or it has ended since it was chosen.
            refused.insert(claim.job)
        }
        throw AnotherAttempt()
    }
}

/// The job belongs to another attempt: nothing more may be written for it.
struct AnotherAttempt: Error {}
