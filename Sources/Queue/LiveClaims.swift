import Model

/// Knows which jobs of a claimed batch live, and so whether the work that they share goes on.
///
/// A value without I/O. A job lives until its own work has ended, or must end because the job was cancelled, its lease
/// was lost or the daemon stops. The shared work (planning, speaking, fetching, rendering) goes on while at least one
/// job lives, and writes under the claim of a job that lives.
struct LiveClaims: Sendable {
    private let claims: [Claim]
    private var left: Set<JobID> = []

    /// All of `claims` live.
    init(_ claims: [Claim]) { self.claims = claims }

    /// The claims of the jobs that live, in the order of platforms.
    var live: [Claim] { claims.filter { !left.contains($0.job) } }

    /// A job lives no more. Does nothing if that was so before.
    ///
    /// - Returns: Whether the shared work has to stop now, because this was the last job that lived.
    mutating func leave(_ job: JobID) -> Bool {
        guard claims.contains(where: { $0.job == job }), left.insert(job).inserted else { return false }
        return live.isEmpty
    }

    /// The claim under which the shared work may write; nil if there is none.
    ///
    /// - Parameter refused: Jobs under whose claims the database refused to write. They belong to another attempt, and
    ///   this daemon has not been told so yet.
    func writer(except refused: Set<JobID>) -> Claim? {
        live.first { !refused.contains($0.job) }
    }
}
