import Model

/// Which jobs of a claimed batch live, and so whether the work that they share goes on.
///
/// A value without I/O. A job lives until its own work has ended, or must end because it was cancelled, lost its
/// lease or the daemon stops. Work that is the batch's (planning, speaking, fetching, rendering) goes on while one
/// job lives, and writes as a job that lives.
struct LiveClaims: Sendable {
    private let claims: [Claim]
    private var left: Set<JobID> = []

    /// All of `claims` live.
    init(_ claims: [Claim]) { self.claims = claims }

    /// The claims of the jobs that live, in the order of platforms.
    var live: [Claim] { claims.filter { !left.contains($0.job) } }

    /// A job lives no more. Nothing happens if it did not.
    ///
    /// - Returns: Whether the work that the jobs share is to stop now, because this was the last job that lived.
    mutating func leave(_ job: JobID) -> Bool {
        guard claims.contains(where: { $0.job == job }), left.insert(job).inserted else { return false }
        return live.isEmpty
    }

    /// The claim as which something is to be written for all; nil if there is none.
    ///
    /// - Parameter refused: Jobs as which the database let nothing be written: they belong to another attempt, and this
    ///   daemon has not heard of it yet.
    func writer(except refused: Set<JobID>) -> Claim? {
        live.first { !refused.contains($0.job) }
    }
}
