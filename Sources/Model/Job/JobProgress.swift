/// How far a running job is.
package struct JobProgress: Sendable, Hashable {
    /// 0 to 100. A smaller one than was told before is ignored.
    package var percent: Int
    /// What is being done, such as `encoding chapter 5 of 12`.
    package var step: String
    /// How long it will take; nil while nobody knows.
    package var remaining: Duration?

    /// Progress with these values.
    package init(percent: Int, step: String, remaining: Duration? = nil) {
        self.percent = percent
        self.step = step
        self.remaining = remaining
    }
}
