/// Decides how long to wait before a server that ended is started again: not at all the first time, and longer each time
/// if it ends again and again.
struct RestartPause {
    /// A server that ran for this time has no part in earlier ends.
    static let settled: Duration = .seconds(60)
    /// The pause before the second start.
    static let first: Duration = .milliseconds(500)
    /// The longest pause. An operator who has removed the cause does not wait longer for the daemon.
    static let longest: Duration = .seconds(30)

    private var current: Duration?

    /// The pause after a server that ran for `time`, or zero for one that did not start.
    mutating func next(afterRunningFor time: Duration) -> Duration {
        guard let pause = current, time < Self.settled else {
            current = Self.first
            return .zero
        }
        current = min(pause * 2, Self.longest)
        return pause
    }
}
