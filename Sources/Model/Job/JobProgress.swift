/// How far a running job is.
public struct JobProgress: Sendable, Hashable {
    /// 0 to 100. A smaller one than was told before is ignored.
    public var percent: Int
    /// What is being done, such as `encoding chapter 5 of 12`.
    public var step: String
    /// How long it will take; nil while nobody knows.
    public var remaining: Duration?

    /// Progress with these values.
    public init(percent: Int, step: String, remaining: Duration? = nil) {
        self.percent = percent
        self.step = step
        self.remaining = remaining
    }
}
