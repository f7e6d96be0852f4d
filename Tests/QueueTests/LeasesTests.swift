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

    @Test("one beat for all jobs is due after news, after a third of the lease, and on request")
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
        #expect(leases.beats(reports, at: start + .seconds(11), isPressed: false).isEmpty)
        #expect(leases.beats(reports, at: start + .seconds(12), isPressed: false).count == 2)
        #expect(leases.beats(reports, at: start + .seconds(13), isPressed: true).count == 2)
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
        #expect(leases.beats([:], at: start + .seconds(4), isPressed: false).isEmpty)
        #expect(leases.beats([:], at: start + .seconds(5), isPressed: false).count == 2, "a third of the shorter")
        #expect(leases.distrusted(at: start + .seconds(10)) == [second.job])
        let answers = [answer(to: first, lease: .seconds(3)), answer(to: second, lease: .seconds(3))]
        _ = leases.answered(answers, to: [first, second], sent: start + .seconds(11))
        #expect(leases.distrusted(at: start + .seconds(12)).isEmpty)
        #expect(Set(leases.distrusted(at: start + .seconds(13))) == [first.job, second.job])
        // A late answer to an earlier beat changes nothing.
        _ = leases.answered([answer(to: first)], to: [first], sent: start + .seconds(5))
        #expect(leases.distrusted(at: start + .seconds(13)).contains(first.job))
    }

    @Test("work ends before its lease does, however short the lease is", arguments: [2, 3, 6, 15, 30, 3600])
    func margin(seconds: Int) {
        var leases = Leases()
        let held = claim(1, lease: .seconds(seconds))
        leases.claimed(held, sent: start)
        // The lease may be checked just before the moment, and then only one tick later.
        let end = Duration.seconds(seconds)
        #expect(leases.distrusted(at: start + end - leases.tick) == [held.job])
        #expect(leases.tick > .zero && leases.tick <= .seconds(1))
    }
}
