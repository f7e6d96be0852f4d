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

        /// When the work on the job has to stop, unless a later beat is accepted before.
        var distrustedAt: ContinuousClock.Instant { accepted + LeaseTimes(lease: lease).trust }
    }

    private var holdings: [JobID: Holding] = [:]
    private var lastBeat: ContinuousClock.Instant?
    /// Whether the last beat was not answered.
    private var isUnanswered = false

    /// Whether no job is held.
    var isEmpty: Bool { holdings.isEmpty }

    /// The times of the shortest lease.
    private var times: LeaseTimes { LeaseTimes(lease: holdings.values.map(\.lease).min() ?? .seconds(3600)) }

    /// How long a beat may take.
    var beatLimit: Duration { times.beatLimit }

    /// When a beat is due, even if there is no news. A beat that was not answered is repeated as soon as its time is
    /// over.
    private var nextBeat: ContinuousClock.Instant? {
        lastBeat.map { $0 + (isUnanswered ? times.beatLimit : times.beatInterval) }
    }

    /// How long to wait before ``beats(_:at:isPressed:)`` is asked again: until a beat is due, or until it is time to
    /// look for news.
    func pause(at now: ContinuousClock.Instant) -> Duration {
        guard !holdings.isEmpty, let nextBeat else { return times.tick }
        // Never zero, because an owner that asks again and again would do nothing else.
        return max(.milliseconds(1), min(times.tick, now.duration(to: nextBeat)))
    }

    /// When, after `now`, the next job's work has to stop, if no beat is accepted before; nil if there is none.
    func nextDistrust(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        holdings.values.map(\.distrustedAt).filter { $0 > now }.min()
    }

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
        let isDue = nextBeat.map { now >= $0 } ?? true
        let hasNews = holdings.contains { id, holding in
            reports[id].map { report in
                report.percent != holding.told?.percent || report.step != holding.told?.step
                    || (report.remaining == nil) != (holding.told?.remaining == nil)
            } ?? false
        }
        guard isDue || hasNews || isPressed else { return [] }
        lastBeat = now
        isUnanswered = false
        return holdings.map { id, holding in
            let report = reports[id]
            holdings[id]?.told = report
            return (holding.claim, report ?? JobProgress(percent: 0, step: ""))
        }
    }

    /// The beats sent at `sent` were not answered in time, or could not be sent.
    mutating func unanswered(sent: ContinuousClock.Instant) {
        if lastBeat == sent { isUnanswered = true }
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
        holdings.filter { now >= $0.value.distrustedAt }.map(\.key)
    }
}
