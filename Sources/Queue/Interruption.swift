/// Why work on a job stops before it ends by itself. Recorded before the work is cancelled, so that our own order is never
/// mistaken for a fault.
enum Interruption: Sendable, Hashable {
    /// Somebody asked to stop the job.
    case cancelRequested
    /// The job belongs to another attempt, or the database could not be reached for so long that it may.
    case leaseLost
    /// The daemon stops: the job is to be queued again at no cost.
    case draining
}
