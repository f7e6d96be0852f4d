import Model
import Testing

@testable import Queue

@Suite("Leases")
struct LeasesTests {
    private let start = ContinuousClock().now

    private func claim(_ number: UInt64, epoch: Int64 = 1, lease: Duration = .seconds(30)) -> Claim {
        Claim(
            tenant: Tenant.localID,
            project: ProjectID(high: 0, low: 1),
            batch: BatchID(high: 0, low: 1),
            job: JobID(high: 0, low: number),
            platform: .google,
            epoch: Epoch(epoch),
            attempt: 1,
            location: BlobLocation(container: "t-0-temp", path: "\(number)"),
            lease: lease
        )
    }

    private func answer(to claim: Claim, cancel: Bool = false, lease: Duration = .seconds(30)) -> Beat {
        Beat(
            tenant: claim.tenant,
            project: claim.project,
            job: claim.job,
            epoch: claim.epoch,
            isCancelRequested: cancel,
            hasEvent: false,
            lease: lease
        )
    }

    private func report(_ percent: Int) -> JobProgress { JobProgress(percent: percent, step: "encoding") }

    @Test("one beat for all jobs is due after news, after a quarter of the lease, and on request")
    func whenToBeat() {
        var leases = Leases()
        #expect(leases.beats([:], at: start, isPressed: true).isEmpty)
        let (first, second) = (claim(1), claim(2))
        leases.claimed(first, sent: start)
        leases.claimed(second, sent: start)
        var reports = [first.job: report(1), second.job: report(1)]
        #expect(leases.beats(reports, at: start, isPressed: false).count == 2)
        #expect(leases.beats(reports, at: start + .seconds(1), isPressed: false).isEmpty)
        reports[second.job] = report(2)
        #expect(
            leases.beats(reports, at: start + .seconds(2), isPressed: false).map(\.progress.percent).sorted() == [1, 2]
        )
        #expect(leases.beats(reports, at: start + .seconds(9), isPressed: false).isEmpty)
        #expect(leases.pause(at: start + .milliseconds(9200)) == .milliseconds(300), "the beat is due in this time")
        #expect(leases.beats(reports, at: start + .milliseconds(9500), isPressed: false).count == 2)
        #expect(leases.pause(at: start + .milliseconds(9500)) == .seconds(1), "news are looked for every second")
        #expect(leases.beats(reports, at: start + .seconds(10), isPressed: true).count == 2)
    }

    @Test("a beat without an answer is sent again as soon as its time is over, and no sooner if it fails at once")
    func unanswered() {
        var leases = Leases()
        let held = claim(1, lease: .seconds(16))
        leases.claimed(held, sent: start)
        #expect(leases.beats([:], at: start, isPressed: false).count == 1)
        #expect(leases.beats([:], at: start + .seconds(4), isPressed: false).count == 1)
        #expect(leases.beatLimit == .seconds(2))
        leases.unanswered(sent: start + .seconds(4))
        #expect(leases.beats([:], at: start + .milliseconds(5999), isPressed: false).isEmpty)
        #expect(leases.beats([:], at: start + .seconds(6), isPressed: false).count == 1)
        // The late failure of an earlier beat says nothing about the last one.
        leases.unanswered(sent: start + .seconds(4))
        #expect(leases.beats([:], at: start + .seconds(8), isPressed: false).isEmpty)
        #expect(leases.beats([:], at: start + .seconds(10), isPressed: false).count == 1)
    }

    @Test(
        "three beats have their whole time before work stops, if the first of them finds the database away",
        arguments: leaseLengths
    )
    func beatsBeforeTheEnd(seconds: Int) {
        var leases = Leases()
        let held = claim(1, lease: .seconds(seconds))
        leases.claimed(held, sent: start)
        #expect(leases.beats([:], at: start, isPressed: false).count == 1)
        var now = start
        var ends: [ContinuousClock.Instant] = []
        while leases.distrusted(at: now).isEmpty {
            now += leases.pause(at: now)
            guard !leases.beats([:], at: now, isPressed: false).isEmpty else { continue }
            let sent = now
            now += leases.beatLimit
            leases.unanswered(sent: sent)
            ends.append(now)
        }
        #expect(ends.count { leases.distrusted(at: $0 - .milliseconds(1)).isEmpty } >= 3)
    }

    @Test("a job without an answer is lost, a job that is asked to stop is cancelled, and the others continue")
    func answers() {
        var leases = Leases()
        let claims = [claim(1), claim(2), claim(3)]
        for claim in claims { leases.claimed(claim, sent: start) }
        let answers = [answer(to: claims[0]), answer(to: claims[1], cancel: true)]
        let interruptions = leases.answered(answers, to: claims, sent: start + .seconds(1))
        #expect(interruptions == [claims[1].job: .cancelRequested, claims[2].job: .leaseLost])
    }

    @Test("an answer about an earlier attempt at a job does not affect the present one")
    func earlierAttempt() {
        var leases = Leases()
        leases.claimed(claim(1, epoch: 7), sent: start)
        #expect(leases.answered([], to: [claim(1, epoch: 6)], sent: start).isEmpty)
    }

    @Test("work may continue for two thirds of the lease after the last accepted beat was sent, not answered")
    func trust() {
        var leases = Leases()
        let held = claim(1)
        leases.claimed(held, sent: start)
        #expect(leases.distrusted(at: start + .seconds(19)).isEmpty)
        #expect(leases.distrusted(at: start + .seconds(20)) == [held.job])
        _ = leases.answered([answer(to: held)], to: [held], sent: start + .seconds(15))
        #expect(leases.distrusted(at: start + .seconds(34)).isEmpty)
        #expect(leases.distrusted(at: start + .seconds(35)) == [held.job])
        leases.released(held.job)
        #expect(leases.distrusted(at: start + .seconds(99)).isEmpty)
    }

    @Test("a longer or shorter lease holds for each job from the answer that reports it")
    func changedLease() {
        var leases = Leases()
        let (first, second) = (claim(1), claim(2, lease: .seconds(15)))
        leases.claimed(first, sent: start)
        leases.claimed(second, sent: start)
        #expect(leases.beats([:], at: start, isPressed: false).count == 2)
        #expect(leases.beats([:], at: start + .seconds(3), isPressed: false).isEmpty)
        #expect(leases.beats([:], at: start + .seconds(4), isPressed: false).count == 2, "a quarter of the shorter")
        #expect(leases.distrusted(at: start + .seconds(10)) == [second.job])
        let answers = [answer(to: first, lease: .seconds(3)), answer(to: second, lease: .seconds(3))]
        _ = leases.answered(answers, to: [first, second], sent: start + .seconds(11))
        #expect(leases.distrusted(at: start + .seconds(12)).isEmpty)
        #expect(Set(leases.distrusted(at: start + .seconds(13))) == [first.job, second.job])
        // A late answer to an earlier beat changes nothing.
        _ = leases.answered([answer(to: first)], to: [first], sent: start + .seconds(5))
        #expect(leases.distrusted(at: start + .seconds(13)).contains(first.job))
    }

    private static let leaseLengths = [2, 3, 6, 15, 30, 3600]

    @Test(
        "work stops long enough before its lease ends, at an exact time, however short the lease is",
        arguments: leaseLengths
    )
    func margin(seconds: Int) {
        var leases = Leases()
        #expect(leases.nextDistrust(after: start) == nil)
        let (first, second) = (claim(1, lease: .seconds(seconds)), claim(2, lease: .seconds(3600)))
        leases.claimed(first, sent: start)
        leases.claimed(second, sent: start + .milliseconds(1))
        let end = start + .seconds(seconds) * 2 / 3
        #expect(leases.nextDistrust(after: start) == end)
        #expect(leases.distrusted(at: end - .nanoseconds(1)).isEmpty)
        #expect(leases.distrusted(at: end).contains(first.job))
        #expect(leases.pause(at: start) > .zero && leases.pause(at: start) <= .seconds(1))
    }

    @Test(
        "a daemon without a database says so within a third of the lease, and others look often",
        arguments: leaseLengths
    )
    func derived(seconds: Int) {
        let times = LeaseTimes(lease: .seconds(seconds))
        #expect(times.probeInterval + times.probeLimit < times.lease / 3)
        #expect(times.probeInterval <= .seconds(2))
        // With the random part of a fifth.
        #expect(times.sweepInterval * 1.2 <= .seconds(1))
        #expect(times.sweepInterval <= times.lease / 4)
        let current = CurrentLease(.seconds(seconds))
        #expect(current.times == times)
        current.set(.seconds(7))
        #expect(current.times.lease == .seconds(7))
    }
}
