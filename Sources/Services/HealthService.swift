/// Knows whether this daemon takes work: its database answers, and it is not stopping.
public struct HealthService: Sendable {
    private let isStopping: @Sendable () -> Bool
    private let answers: @Sendable () async -> Bool

    /// A service that asks these each time.
    ///
    /// - Parameters:
    ///   - isStopping: Whether the daemon has begun to stop.
    ///   - answers: Whether the database answers.
    public init(isStopping: @escaping @Sendable () -> Bool, answers: @escaping @Sendable () async -> Bool) {
        self.isStopping = isStopping
        self.answers = answers
    }

    /// Whether the daemon takes work now.
    public func isServing() async -> Bool {
        if isStopping() { return false }
        return await answers()
    }
}
