/// Decides when a daemon claims, and does nothing else.
///
/// Has no clock, database or task. ``JobQueue`` reports what happened, asks for the next step and takes it, until the
/// answer is to wait. Whenever it is woken, it asks again.
struct ClaimLoop: Sendable {
    /// The next thing to do.
    enum Step: Hashable {
        /// Claim a batch; report ``began()`` or ``foundNothing()``.
        case claim
        /// Do nothing until something happens.
        case wait
        /// Start the grace period. Work that has not ended when it is over is interrupted. This step comes once.
        case beginGrace
        /// The loop is over.
        case end
    }

    private let concurrency: Int
    private var running = 0
    private var isDraining = false
    private var hasBegunGrace = false
    /// The last claim brought no job, because none was due or the claim failed, and the loop was not woken since.
    private var isDry = false

    /// - Parameter concurrency: Batches that are worked on at once, at least 1.
    init(concurrency: Int) { self.concurrency = max(1, concurrency) }

    /// Whether new batches may be claimed, now or later.
    var mayClaim: Bool { !isDraining }

    /// The loop was woken: there may be jobs, the daemon may be healthy again, or a batch has ended.
    mutating func woken() { isDry = false }

    /// A batch was claimed and is worked on.
    mutating func began() { running += 1 }

    /// The work on a batch has ended.
    mutating func batchEnded() { running -= 1 }

    /// Nothing could be claimed.
    mutating func foundNothing() { isDry = true }

    /// The daemon stops: no more jobs are claimed, and the work on claimed jobs is brought to its end.
    mutating func drain() { isDraining = true }

    /// The next thing to do now.
    ///
    /// - Parameter isHealthy: Whether the daemon has what every job needs.
    mutating func next(isHealthy: Bool) -> Step {
        if isDraining {
            if running == 0 { return .end }
            if hasBegunGrace { return .wait }
            hasBegunGrace = true
            return .beginGrace
        }
        return isHealthy && !isDry && running < concurrency ? .claim : .wait
    }
}
