/// The progress of a running job.
package struct JobProgress: Sendable, Hashable {
    /// The running status that the step belongs to; nil to leave the job's status as it is.
    package var status: JobStatus?
    /// 0 to 100. A job keeps the greatest value that was told, also that of an earlier attempt.
    package var percent: Int
    /// The current step, such as `encoding chapter 5 of 12`.
    package var step: String
    /// The estimated remaining time; nil while it is not known.
    package var remaining: Duration?

    /// Progress with these values.
    package init(status: JobStatus? = nil, percent: Int, step: String, remaining: Duration? = nil) {
        self.status = status
        self.percent = percent
        self.step = step
        self.remaining = remaining
    }
}
