/// Whose events are read.
package enum EventScope: Sendable, Hashable {
    /// One job's.
    case job(JobID)
    /// Those of all jobs of a batch.
    case batch(BatchID)
}
