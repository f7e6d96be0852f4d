import Model
import Store
import Testing

@testable import Pool

@Suite("Leases")
struct LeasesTests {
    private let start = ContinuousClock().now

    private func claim(_ number: UInt64, epoch: Int64 = 1) -> Claim {
        Claim(
            tenant: Tenant.localID,
            project: ProjectID(high: 0, low: 1),
            batch: BatchID(high: 0, low: 1),
            job: JobID(high: 0, low: number),
            platform: .google,
            epoch: Epoch(epoch),
            attempt: 1,
            location: BlobLocation(container: "t-0-temp", path: "\(number)")
        )
    }

    private func answer(to claim: Claim, cancel: Bool = false) -> Beat {
        Beat(
            tenant: claim.tenant,
            project: claim.project,
            job: claim.job,
            epoch: claim.epoch,
            isCancelRequested: cancel,
            hasEvent: false
        )
    }

    private func report(_ percent: Int) -> BatchProgress.Report {
        BatchProgress.Report(status: .processing, percent: percent, step: "encoding")
    }

    @Test("beats go out when there is news, when ten seconds are over, and when somebody presses; all jobs in one")
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

    @Test("a job without an answer is lost, one that is asked to stop is cancelled, the others go on")
    func answers() {
        var leases = Leases()
        let claims = [claim(1), claim(2), claim(3)]
        for claim in claims { leases.claimed(claim, sent: start) }
        let answers = [answer(to: claims[0]), answer(to: claims[1], cancel: true)]
        let interruptions = leases.answered(answers, to: claims, sent: start + .seconds(1))
        #expect(interruptions == [claims[1].job: .cancelRequested, claims[2].job: .leaseLost])
    }

    @Test("an answer about an earlier try of a job says nothing about the present one")
    func earlierTry() {
        var leases = Leases()
        leases.claimed(claim(1, epoch: 7), sent: start)
        #expect(leases.answered([], to: [claim(1, epoch: 6)], sent: start).isEmpty)
    }

    @Test("work may go on for twenty seconds from the sending of the last accepted beat, and not from its answer")
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
        #expect(Leases.trust < JobStore.lease)
    }
}
