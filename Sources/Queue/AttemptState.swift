import Model

/// How one attempt at a job ends: every decision about it, and nothing else.
///
/// Has no clock, database or task. ``Attempt`` reports each event and does what the answer says. The end of an
/// attempt depends on three things: how the work on the job ended, whether it was interrupted, and whether the daemon
/// is healthy.
struct AttemptState: Sendable {
    /// What is to be done.
    enum Action: Hashable {
        /// Write the package to the job table; report ``finished(_:)`` or ``couldNotFinish()``.
        case finish
        /// Wait, and do the same then.
        case finishLater(Duration)
        /// Look whether the daemon is healthy; report ``looked(finding:)``.
        case look
        /// Give the job up. Before that the package is deleted where it was stored and no row will name it.
        case giveUp(GivingUp, deletesPackage: Bool = false)
        /// Nothing more: the job has this package now, or none of this attempt.
        case end(PackageID?)
    }

    /// How the work on the job ended.
    enum WorkEnd: Hashable {
        /// With a package.
        case made
        /// The job belongs to another attempt, so nothing may be written for it.
        case anotherAttempt
        /// Without a package, by an error that is written for the job unless something else explains it.
        case failed(GivingUp)
    }

    private enum Phase: Hashable {
        case working
        case finishing(times: Int)
        /// What is written if the daemon is healthy; nil for nothing, so that the lease runs out or another attempt
        /// goes on.
        case looking(verdict: GivingUp?)
        case ended
    }

    /// Asking five times takes half a minute. Longer is left to the lease.
    private static let timesToFinish = 5

    private var phase = Phase.working
    /// Why the work was stopped. The first reason holds.
    private(set) var interruption: Interruption?

    /// The work is to stop. Whoever reports this stops it before doing anything else.
    mutating func interrupted(by reason: Interruption) {
        guard phase == .working else { return }
        interruption = interruption ?? reason
    }

    /// The work has ended. Our own order to stop is never taken for a fault of the job; a package that was made all
    /// the same is offered to the job table, which knows whose the job is.
    mutating func worked(_ end: WorkEnd) -> Action {
        switch (end, interruption) {
        case (.made, _):
            phase = .finishing(times: 1)
            return .finish
        case (.anotherAttempt, _):
            return finally(.end(nil))
        case (.failed, .cancelRequested):
            return finally(.giveUp(.cancelled))
        case (.failed, .draining):
            return finally(.giveUp(.returned))
        case (.failed, .leaseLost):
            phase = .looking(verdict: nil)
            return .look
        case (.failed(let verdict), nil):
            phase = .looking(verdict: verdict)
            return .look
        }
    }

    /// The job table has answered.
    mutating func finished(_ outcome: FinishOutcome) -> Action {
        switch outcome {
        case .finished(let package, _):
            return finally(.end(package))
        case .notYours:
            return finally(.end(nil))
        case .cancelRequested:
            return finally(.giveUp(.cancelled, deletesPackage: true))
        case .quotaExceeded(let used, let limit):
            let message = "the package is too large: of the tenant's \(limit) bytes \(max(0, limit - used)) are left"
            return finally(.giveUp(.failed(message), deletesPackage: true))
        case .objectGone:
            return finally(.giveUp(.retry("the package to share was deleted")))
        }
    }

    /// The job table did not answer. What was written may hold all the same: asking again is answered with what it did.
    mutating func couldNotFinish() -> Action {
        guard case .finishing(let times) = phase, times < Self.timesToFinish else {
            phase = .looking(verdict: nil)
            return .look
        }
        phase = .finishing(times: times + 1)
        return .finishLater(.seconds(1 << times))
    }

    /// The daemon was looked at.
    ///
    /// - Parameter problem: What it lacks that every job needs; nil if it is healthy.
    mutating func looked(finding problem: PackagingError?) -> Action {
        guard case .looking(let verdict) = phase else { return finally(.end(nil)) }
        guard let problem else { return finally(verdict.map { .giveUp($0) } ?? .end(nil)) }
        // Failures while the daemon is unhealthy are not charged to the job. A full disk may be the job's own doing,
        // though, and would be so again each time.
        if let verdict, problem.code == .resourceExhausted { return finally(.giveUp(verdict)) }
        return finally(.giveUp(.returned))
    }

    private mutating func finally(_ action: Action) -> Action {
        phase = .ended
        return action
    }
}

extension GivingUp {
    /// What is written for a job whose work failed by `error`. What may pass is tried again later; of a fault of ours
    /// the job tells no more than where to look.
    static func verdict(on error: any Error, of job: JobID) -> GivingUp {
        guard let error = error as? PackagingError else {
            return .failed("internal error: see the daemon's log for job \(job)")
        }
        switch error.code {
        case .unavailable, .aborted, .deadlineExceeded: return .retry(error.message)
        default: return .failed(error.message)
        }
    }
}
