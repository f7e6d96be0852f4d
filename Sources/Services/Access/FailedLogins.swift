/// Counts the logins that failed, by the address that they came from, and says when one has too many.
///
/// Who guesses tokens is slowed down, and cannot fill the audit. A right token is taken all the same: many callers may share
/// one address.
struct FailedLogins: Sendable {
    /// What becomes of a login that failed.
    enum Verdict: Hashable {
        /// It is answered and audited.
        case answered
        /// It is one too many, and is answered with this time to wait. Not audited.
        case refused(retryAfter: Duration)
    }

    /// The failed logins in a row that an address may have.
    private let burst: Int
    /// The time after which it may have one more.
    private let pause: Duration
    /// The most addresses that are remembered. Beyond that, those that were quiet the longest are forgotten.
    static let maximumPeers = 10_000

    /// For each address, the time at which its failed logins are forgiven.
    private var forgivenAt: [String: ContinuousClock.Instant] = [:]

    /// No failed logins.
    init(burst: Int = 10, pause: Duration = .seconds(6)) {
        self.burst = burst
        self.pause = pause
    }

    /// The number of addresses that are remembered.
    var count: Int { forgivenAt.count }

    /// A login from `peer` failed.
    mutating func failed(from peer: String, at now: ContinuousClock.Instant) -> Verdict {
        let forgiven = max(forgivenAt[peer] ?? now, now)
        // Each failure is forgiven after a pause, and at most a burst of them waits for that.
        let next = forgiven + pause
        guard now.duration(to: next) <= pause * burst else {
            return .refused(retryAfter: now.duration(to: next) - pause * burst)
        }
        if forgivenAt.count >= Self.maximumPeers, forgivenAt[peer] == nil { forget(now) }
        forgivenAt[peer] = next
        return .answered
    }

    private mutating func forget(_ now: ContinuousClock.Instant) {
        forgivenAt = forgivenAt.filter { $0.value > now }
        guard forgivenAt.count >= Self.maximumPeers else { return }
        let oldest = forgivenAt.sorted { $0.value < $1.value }.prefix(Self.maximumPeers / 10)
        for (peer, _) in oldest { forgivenAt[peer] = nil }
    }
}
