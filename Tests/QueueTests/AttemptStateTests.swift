import Model
import Testing

@testable import Queue

@Suite("How an attempt ends")
struct AttemptStateTests {
    typealias Action = AttemptState.Action
    typealias WorkEnd = AttemptState.WorkEnd

    private static let package = PackageID(high: 1, low: 2)
    private static let away = PackagingError(.unavailable, "the database is not available")
    private static let full = PackagingError(.resourceExhausted, "the blob store is full")
    private static let final = GivingUp.failed("the cover is missing")
    private static let passing = GivingUp.retry("no worker")
    private static let short = GivingUp.postponed("the disk for scratch files is full")

    /// The end of the work, why it was stopped, the result of a look at the daemon's health, and the final action.
    struct Row: Sendable, CustomTestStringConvertible {
        var end: WorkEnd
        var interruption: Interruption?
        var problem: PackagingError?
        /// The final action.
        var action: Action
        /// Whether a look at the daemon's health comes first.
        var looks: Bool

        init(
            _ end: WorkEnd,
            _ interruption: Interruption? = nil,
            _ problem: PackagingError? = nil,
            _ action: Action,
            looks: Bool = false
        ) {
            (self.end, self.interruption, self.problem, self.action, self.looks) =
                (end, interruption, problem, action, looks)
        }

        var testDescription: String {
            "\(end), \(interruption.map { "\($0)" } ?? "not stopped"), \(problem?.message ?? "healthy")"
        }
    }

    static let rows: [Row] = [
        // A finished package is offered to the job table in any case, because the table knows whose the job is.
        Row(.made, nil, nil, .finish),
        Row(.made, .cancelRequested, nil, .finish),
        Row(.made, .leaseLost, away, .finish),
        Row(.made, .draining, away, .finish),
        // If the job belongs to another attempt, the daemon only says that it lives, and there is no look at its health.
        Row(.anotherAttempt, nil, nil, .giveUp(.returned)),
        Row(.anotherAttempt, nil, away, .giveUp(.returned)),
        Row(.anotherAttempt, .leaseLost, away, .giveUp(.returned)),
        Row(.anotherAttempt, .cancelRequested, nil, .giveUp(.returned)),
        Row(.anotherAttempt, .draining, nil, .giveUp(.returned)),
        // An order of ours to stop is not a fault of the job.
        Row(.failed(final), .cancelRequested, nil, .giveUp(.cancelled)),
        Row(.failed(passing), .cancelRequested, away, .giveUp(.cancelled)),
        Row(.failed(final), .draining, nil, .giveUp(.returned)),
        Row(.failed(passing), .draining, full, .giveUp(.returned)),
        // A lost lease is not a fault of the job, and this daemon lives, whatever it finds of its health.
        Row(.failed(final), .leaseLost, nil, .giveUp(.returned)),
        Row(.failed(final), .leaseLost, away, .giveUp(.returned)),
        Row(.failed(passing), .leaseLost, full, .giveUp(.returned)),
        // Faults of the job itself. Failures while the daemon is unhealthy are not charged to the job, and neither is a
        // shortage that the job itself met.
        Row(.failed(final), nil, nil, .giveUp(final), looks: true),
        Row(.failed(passing), nil, nil, .giveUp(passing), looks: true),
        Row(.failed(final), nil, away, .giveUp(.postponed(away.message)), looks: true),
        Row(.failed(passing), nil, away, .giveUp(.postponed(away.message)), looks: true),
        Row(.failed(final), nil, full, .giveUp(.postponed(full.message)), looks: true),
        Row(.failed(passing), nil, full, .giveUp(.postponed(full.message)), looks: true),
        Row(.failed(short), nil, nil, .giveUp(short), looks: true),
        Row(.failed(short), nil, away, .giveUp(short), looks: true),
        Row(.failed(short), .cancelRequested, nil, .giveUp(.cancelled)),
        Row(.failed(short), .draining, nil, .giveUp(.returned)),
        Row(.failed(short), .leaseLost, nil, .giveUp(.returned)),
    ]

    @Test("depends on how the work ended, why it was stopped, and whether the daemon is healthy", arguments: rows)
    func ends(row: Row) {
        var state = AttemptState()
        if let interruption = row.interruption { state.interrupted(by: interruption) }
        var action = state.worked(row.end)
        #expect((action == .look) == row.looks)
        if action == .look { action = state.looked(finding: row.problem) }
        #expect(action == row.action)
    }

    @Test(
        "follows the job table's answer to a finished package",
        arguments: [
            (FinishOutcome.finished(package: package, version: 3), Action.end(package)),
            (.notYours, .giveUp(.returned)),
            (.cancelRequested, .giveUp(.cancelled, deletesPackage: true)),
            (
                .quotaExceeded(needed: 2048, used: 70, limit: 100),
                .giveUp(
                    .failed(
                        "the storage quota is exceeded: the tenant may keep 100 bytes of packages and has 70 bytes, and "
                            + "this one needs 2.0 KiB; delete packages with \"packctl delete PACKAGE\", or ask the operator "
                            + "to raise the quota with \"packctl tenant set\"",
                        reason: "STORAGE_QUOTA"
                    ),
                    deletesPackage: true
                )
            ),
            (.objectGone, .giveUp(.retry("the package to share was deleted"))),
        ]
    )
    func answers(outcome: FinishOutcome, action: Action) {
        var state = AttemptState()
        #expect(state.worked(.made) == .finish)
        #expect(state.finished(outcome) == action)
    }

    @Test(
        "asks five times if the job table does not answer, and then leaves the job to the lease, or gives it back",
        arguments: [(nil, .end(nil)), (away, .giveUp(.returned)), (full, .giveUp(.returned))]
            as [(PackagingError?, Action)]
    )
    func noAnswer(problem: PackagingError?, action: Action) {
        var state = AttemptState()
        #expect(state.worked(.made) == .finish)
        for seconds in [2, 4, 8, 16] { #expect(state.couldNotFinish() == .finishLater(.seconds(seconds))) }
        #expect(state.couldNotFinish() == .look)
        #expect(state.looked(finding: problem) == action)
    }

    @Test("a late answer has the same effect as one that comes at once")
    func lateAnswer() {
        var state = AttemptState()
        _ = state.worked(.made)
        _ = state.couldNotFinish()
        #expect(state.finished(.finished(package: Self.package, version: 1)) == .end(Self.package))
    }

    @Test("only the first reason to stop counts, and a reason after the end of the work does not count")
    func firstReason() {
        var state = AttemptState()
        state.interrupted(by: .leaseLost)
        state.interrupted(by: .draining)
        #expect(state.interruption == .leaseLost)
        var ended = AttemptState()
        _ = ended.worked(.failed(Self.final))
        ended.interrupted(by: .draining)
        #expect(ended.interruption == nil)
        #expect(ended.looked(finding: nil) == .giveUp(Self.final))
    }

    @Test(
        "errors that may pass lead to another attempt, a shortage to a pause, others are final, and internal ones tell nothing",
        arguments: [
            (PackagingError(.unavailable, "a"), .retry("a")),
            (PackagingError(.aborted, "b"), .retry("b")),
            (PackagingError(.deadlineExceeded, "c"), .retry("c")),
            (PackagingError(.failedPrecondition, "d"), .failed("d")),
            (PackagingError(.failedPrecondition, "d", hint: "Import it again."), .failed("d; import it again")),
            (PackagingError(.resourceExhausted, "e"), .postponed("e")),
            (PackagingError(.internal, "f"), .failed("f")),
            (PackagingError(.notFound, "g"), .failed("g")),
            (PackagingError(.unavailable, "h", reason: "AWAY"), .retry("h", reason: "AWAY")),
            (PackagingError(.failedPrecondition, "i", reason: "NO_COVER"), .failed("i", reason: "NO_COVER")),
            (
                CancellationError(),
                .failed("internal error: see the daemon's log for job \(JobID(high: 0, low: 1))", reason: "INTERNAL")
            ),
        ] as [(any Error, GivingUp)]
    )
    func verdicts(error: any Error, verdict: GivingUp) {
        #expect(GivingUp.verdict(on: error, of: JobID(high: 0, low: 1)) == verdict)
    }
}
