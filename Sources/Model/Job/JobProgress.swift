/// The progress of a running job.
package struct JobProgress: Sendable, Hashable {
    /// 0 to 100. A value smaller than an earlier one is ignored.
    package var percent: Int
    /// The current step, such as `encoding chapter 5 of 12`.
    package var step: String
    /// The estimated remaining time; nil while it is not known.
    package var remaining: Duration?

    /// Progress with these values.
    package init(percent: Int, step: String, remaining: Duration? = nil) {
        self.percent = percent
        self.step = step
        self.remaining = remaining
    }
}
