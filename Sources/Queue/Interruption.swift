/// Why work on a job stops before it ends by itself. The reason is recorded before the work is cancelled, so that a
/// stop that the daemon itself ordered is never mistaken for a fault.
enum Interruption: Sendable, Hashable {
    /// Somebody asked to stop the job.
    case cancelRequested
    /// The job belongs to another attempt, or may do so, because the database could not be reached for too long.
    case leaseLost
    /// The daemon stops: the job is to be queued again at no cost.
    case draining
}
