package import Model
internal import Store
internal import Synchronization

/// The jobs of one batch that this daemon claimed together, and what they have in common.
///
/// A job can leave while the work for the others goes on; ``LiveClaims`` decides what that means.
package final class ClaimedBatch: Sendable {
    private struct State {
        var claims: LiveClaims
        var stop: (@Sendable () -> Void)?
        var ended: (@Sendable () async -> Void)?
    }

    /// The tenant of all its jobs.
    package let tenant: TenantID
    /// The project that they package.
    package let project: ProjectID
    /// The batch.
    package let id: BatchID
    /// All claims, in the order of platforms, including those of jobs that live no more.
    package let claims: [Claim]
    /// When the statement that claimed them was sent. The leases are counted from here.
    let sent: ContinuousClock.Instant
    private let table: JobTable
    private let state: Mutex<State>

    /// A batch whose jobs all live; nil without claims.
    ///
    /// - Parameters:
    ///   - claims: Claims of one batch, as one statement answered them.
    ///   - sent: When that statement was sent.
    init?(_ claims: [Claim], sent: ContinuousClock.Instant, table: JobTable) {
        guard let any = claims.first else { return nil }
        (tenant, project, id) = (any.tenant, any.project, any.batch)
        self.claims = claims
        self.sent = sent
        self.table = table
        state = Mutex(State(claims: LiveClaims(claims)))
    }

    /// One attempt for each job. They are to be run at the same time.
    package var attempts: [Attempt] { claims.map { Attempt(claim: $0, batch: self, table: table) } }

    /// The platforms of the jobs that live.
    package var platforms: Set<Platform> { Set(state.withLock { $0.claims.live }.map(\.platform)) }

    /// The work on a job has ended or must end. If this was the last job that lived, the shared work is stopped at
    /// once.
    func leave(_ job: JobID) {
        let stop = state.withLock { $0.claims.leave(job) ? $0.stop : nil }
        stop?()
    }

    /// Calls `stop` once, when no job lives any more; at once if that is the case already.
    ///
    /// - Parameter ended: Returns when the shared work has ended after that, with all its processes.
    package func whenNoneLives(
        _ stop: @escaping @Sendable () -> Void,
        ended: @escaping @Sendable () async -> Void = {}
    ) {
        let isOver = state.withLock { state in
            (state.stop, state.ended) = (stop, ended)
            return state.claims.live.isEmpty
        }
        if isOver { stop() }
    }

    /// Waits for the end of the shared work if no job lives any more. Otherwise the work goes on for another job, and
    /// this returns at once.
    func waitForStoppedWork() async {
        let ended = state.withLock { $0.claims.live.isEmpty ? $0.ended : nil }
        await ended?()
    }

    /// Fixes the plan of the batch unless one is fixed already, writing under the claim of a job that lives.
    ///
    /// - Parameters:
    ///   - plan: A JSON document.
    ///   - recipes: The recipe digest of each platform's package.
    /// - Returns: The plan that holds, which may differ from `plan`.
    /// - Throws: ``AnotherAttempt`` if all jobs that live belong to other attempts; else the error of the database.
    package func freeze(_ plan: String, recipes: [Platform: Digest]) async throws -> String {
        var refused: Set<JobID> = []
        while let claim = state.withLock({ $0.claims.writer(except: refused) }) {
            if let frozen = try await table.store.freezePlan(plan, recipes: recipes, claim: claim) { return frozen }
            // The job belongs to another attempt, or has ended since its claim was chosen.
            refused.insert(claim.job)
        }
        throw AnotherAttempt()
    }
}
