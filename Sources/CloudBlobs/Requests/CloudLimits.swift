/// How long and how often a service is asked.
struct CloudLimits: Sendable {
    /// The most attempts at one request.
    var attempts = 6
    /// After this time no further attempt begins. Far more than one attempt may take, or there would never be a second.
    var budget = Duration.seconds(300)
    /// The longest wait before the second attempt. It doubles with each further one.
    var firstWait = Duration.milliseconds(800)
    /// The longest wait.
    var longestWait = Duration.seconds(60)
    /// How long an attempt may stand still.
    var stallLimit = Duration.seconds(30)

    /// How long an attempt may take that moves so many bytes: a minute, and what 128 KiB a second need.
    func timeout(moving bytes: Int) -> Duration { .seconds(60) + .seconds(bytes / (128 << 10)) }

    /// How long to wait before the attempt after `attempt`, which counts from 1: a random part of a time that doubles ("full
    /// jitter"), so that many who failed together do not come back together; and no less than the service asks for.
    ///
    /// - Parameters:
    ///   - share: From 0 to 1.
    ///   - asked: What the service asks for, with `Retry-After`.
    func wait(after attempt: Int, share: Double, asked: Duration?) -> Duration {
        let most = min(longestWait, firstWait * (1 << min(attempt - 1, 10)))
        return max(most * share, min(asked ?? .zero, longestWait))
    }
}
