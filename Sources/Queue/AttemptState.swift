import Model

/// Makes every decision about how one attempt at a job ends, and does nothing else.
///
/// Has no clock, database or task. ``Attempt`` reports each event and does what the answer says. The end of an
/// attempt depends on three things: how the work on the job ended, whether it was interrupted, and whether the daemon
/// is healthy.
struct AttemptState: Sendable {
    /// The next thing to do.
    enum Action: Hashable {
        /// Write the package to the job table; report ``finished(_:)`` or ``couldNotFinish()``.
        case finish
        /// Wait for this time, and then do the same as for `finish`.
        case finishLater(Duration)
        /// Check whether the daemon is healthy; report ``looked(finding:)``.
        case look
        /// Give the job up. If `deletesPackage` is set, first delete the stored package, because no row will name it.
        ///
        /// A job that belongs to another attempt is given up as returned, too: that only undoes the loss of this daemon,
        /// which was cut off and not dead.
        case giveUp(GivingUp, deletesPackage: Bool = false)
        /// Do nothing more. The job has this package now; nil if it has no package of this attempt.
        case end(PackageID?)
    }

    /// How the work on the job ended.
    enum WorkEnd: Hashable {
        /// The work made a package, or found one.
        case made
        /// The job belongs to another attempt, so nothing may be written for it, except that this daemon lives.
        case anotherAttempt
        /// The work failed. The error is written for the job unless something else explains the failure.
        case failed(GivingUp)
    }

    private enum Phase: Hashable {
        case working
        case finishing(times: Int)
        /// If the daemon is healthy, `verdict` is written. If `verdict` is nil then, nothing is written: the lease
        /// expires, or another attempt goes on.
        case looking(verdict: GivingUp?)
        case ended
    }

    /// The four pauses between five calls take 2 + 4 + 8 + 16 s. If the database is away for longer, the attempt ends
    /// without an answer.
    private static let timesToFinish = 5

    private var phase = Phase.working
    /// Why the work was stopped. Only the first reason is kept.
    private(set) var interruption: Interruption?

    /// The work has to stop. The caller stops it before doing anything else.
    mutating func interrupted(by reason: Interruption) {
        guard phase == .working else { return }
        interruption = interruption ?? reason
    }

    /// The work has ended. If the daemon itself stopped the work, that is not charged to the job. A package that was
    /// made all the same is offered to the job table, which knows which attempt the job belongs to.
    mutating func worked(_ end: WorkEnd) -> Action {
        switch (end, interruption) {
        case (.made, _):
            phase = .finishing(times: 1)
            return .finish
        case (.anotherAttempt, _):
            return finally(.giveUp(.returned))
        case (.failed, .cancelRequested):
            return finally(.giveUp(.cancelled))
        case (.failed, .draining), (.failed, .leaseLost):
            return finally(.giveUp(.returned))
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
            return finally(.giveUp(.returned))
        case .cancelRequested:
            return finally(.giveUp(.cancelled, deletesPackage: true))
        case .quotaExceeded(let needed, let used, let limit):
            let usage = StorageUsage(usedBytes: used, limitBytes: limit)
            return finally(
                .giveUp(.failed(usage.refusal(of: needed), reason: StorageUsage.reason), deletesPackage: true)
            )
        case .objectGone:
            return finally(.giveUp(.retry("the package to share was deleted")))
        }
    }

    /// The job table did not answer. The package may have been recorded all the same; if so, asking again gives the
    /// answer of the first time.
    mutating func couldNotFinish() -> Action {
        guard case .finishing(let times) = phase, times < Self.timesToFinish else {
            phase = .looking(verdict: nil)
            return .look
        }
        phase = .finishing(times: times + 1)
        return .finishLater(.seconds(1 << times))
    }

    /// The health of the daemon was checked.
    ///
    /// - Parameter problem: What the daemon lacks of the things that every job needs; nil if it is healthy.
    mutating func looked(finding problem: PackagingError?) -> Action {
        guard case .looking(let verdict) = phase else { return finally(.end(nil)) }
        guard let problem else { return finally(verdict.map { .giveUp($0) } ?? .end(nil)) }
        // Failures while the daemon is unhealthy are not charged to the job.
        switch verdict {
        case nil: return finally(.giveUp(.returned))
        case .postponed(let reason): return finally(.giveUp(.postponed(reason)))
        default: return finally(.giveUp(.postponed(problem.message)))
        }
    }

    private mutating func finally(_ action: Action) -> Action {
        phase = .ended
        return action
    }
}

extension GivingUp {
    /// What is written for a job whose work failed with `error`. After an error that may pass, the job is attempted
    /// again later. For a fault of our own, the job's error only tells where to look.
    static func verdict(on error: any Error, of job: JobID) -> GivingUp {
        guard let error = error as? PackagingError else {
            return .failed("internal error: see the daemon's log for job \(job)", reason: "INTERNAL")
        }
        switch error.code {
        case .unavailable, .aborted, .deadlineExceeded: return .retry(error.message, reason: error.reason)
        // What is short for a job is short for a moment: what can never fit is reported as a failed precondition.
        case .resourceExhausted: return .postponed(error.message)
        default: return .failed(error.messageWithHint, reason: error.reason)
        }
    }
}

extension PackagingError {
    /// The message, and what to do: a job has one text for both.
    fileprivate var messageWithHint: String {
        guard let hint, let first = hint.first else { return message }
        let advice = first.lowercased() + hint.dropFirst()
        return "\(message); \(advice.last == "." ? String(advice.dropLast()) : advice)"
    }
}
