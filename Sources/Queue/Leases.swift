import Model

/// The jobs that this daemon holds: when each lease was last known to be ours, and the progress that was last told.
///
/// A value without clock and database. Its owner sends the beats it asks for and interrupts the jobs it names.
struct Leases: Sendable {
    private struct Holding {
        var claim: Claim
        /// When the last accepted beat, or the claim, was sent.
        var accepted: ContinuousClock.Instant
        /// How long the lease holds, as the database answered. The time counts from a moment after `accepted`.
        var lease: Duration
        /// The progress that the last beat carried.
        var told: JobProgress?

        /// How long after the last accepted beat was sent the job may still be worked on. The lease begins later, when
        /// the database received the beat, so the work ends before another daemon may begin.
        var trust: Duration { lease * 2 / 3 }
    }

    private var holdings: [JobID: Holding] = [:]
    private var lastBeat: ContinuousClock.Instant?

    /// Whether no job is held.
    var isEmpty: Bool { holdings.isEmpty }

    /// A beat is due this long after the last one, even if there is no news: a third of the shortest lease.
    private var interval: Duration { shortest / 3 }

    /// How often the leases are checked: every second, or more often if leases are so short that work would otherwise
    /// go on for too long.
    var tick: Duration { min(.seconds(1), shortest / 6) }

    private var shortest: Duration { holdings.values.map(\.lease).min() ?? .seconds(3600) }

    /// A job was claimed by a statement that was sent at `sent`.
    mutating func claimed(_ claim: Claim, sent: ContinuousClock.Instant) {
        holdings[claim.job] = Holding(claim: claim, accepted: sent, lease: claim.lease)
    }

    /// The work on a job has ended.
    mutating func released(_ job: JobID) {
        holdings[job] = nil
    }

    /// The beats to send now: for all jobs if one has news, the interval is over or a beat was asked for (`isPressed`),
    /// else none.
    mutating func beats(
        _ reports: [JobID: JobProgress],
        at now: ContinuousClock.Instant,
        isPressed: Bool
    ) -> [(claim: Claim, progress: JobProgress)] {
        guard !holdings.isEmpty else { return [] }
        let isDue = lastBeat.map { now - $0 >= interval } ?? true
        let hasNews = holdings.contains { id, holding in
            reports[id].map { $0.percent != holding.told?.percent || $0.step != holding.told?.step } ?? false
        }
        guard isDue || hasNews || isPressed else { return [] }
        lastBeat = now
        return holdings.map { id, holding in
            let report = reports[id]
            holdings[id]?.told = report
            return (holding.claim, report ?? JobProgress(percent: 0, step: ""))
        }
    }

    /// The database answered the beats sent at `sent`. Returns the jobs that must stop, with the reasons.
    mutating func answered(
        _ answers: [Beat],
        to claims: [Claim],
        sent: ContinuousClock.Instant
    ) -> [JobID: Interruption] {
        var interruptions: [JobID: Interruption] = [:]
        let byJob = Dictionary(answers.map { ($0.job, $0) }) { first, _ in first }
        for claim in claims {
            guard let holding = holdings[claim.job], holding.claim.epoch == claim.epoch else { continue }
            guard let answer = byJob[claim.job] else {
                interruptions[claim.job] = .leaseLost
                continue
            }
            if sent >= holding.accepted {
                holdings[claim.job]?.accepted = sent
                holdings[claim.job]?.lease = answer.lease
            }
            if answer.isCancelRequested { interruptions[claim.job] = .cancelRequested }
        }
        return interruptions
    }

    /// The jobs that may soon belong to another daemon, because no beat was accepted for two thirds of their lease.
    func distrusted(at now: ContinuousClock.Instant) -> [JobID] {
        holdings.filter { now - $0.value.accepted >= $0.value.trust }.map(\.key)
    }
}
