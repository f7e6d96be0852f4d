internal import Glibc
internal import Processes
internal import WorkerLink

/// The facts about a worker that ended without a result.
struct Verdict {
    var intent: WorkerProcess.Intent?
    var status: ExitStatus
    /// Why the conversation ended.
    var problem: any Error
    var lastWords: String?
    var limits: TaskLimits
    var stallLimit: Duration

    /// The reason in words. If we ended the worker, that reason comes first, because the other facts are only
    /// consequences. The exception is a worker that was ended as silent: it may already have been dying, too slowly for
    /// us to see it at once.
    var error: WorkerError {
        switch intent {
        case .silent where status != .signalled(SIGKILL): conversationError
        case .cancelled: WorkerError(.cancelled, "the task was cancelled")
        case .stalled: WorkerError(.timedOut, "the worker made no progress for \(stallLimit.text)")
        case .overdue: WorkerError(.timedOut, "the worker exceeded its limit of \(limits.time.text)")
        case .silent: WorkerError(.died, "the worker closed its stream without a result")
        case .unusable, .finished, nil: conversationError
        }
    }

    private var conversationError: WorkerError {
        switch problem {
        case let error as WorkerError: error
        case WorkerLinkError.refused(let reason): WorkerError(.failed, "the worker failed: \(sanitized(reason))")
        case WorkerLinkError.violation(let what): WorkerError(.died, "the worker \(sanitized(what))")
        case WorkerLinkError.closed:
            WorkerError(
                isKilledFromOutside ? .killed : .died,
                "the worker \(death)\(lastWords.map { ": \($0)" } ?? "")"
            )
        default: WorkerError(.failed, "\(problem)")
        }
    }

    /// Whether the system ended the worker through no fault of the worker. Linux sends SIGKILL when memory runs out,
    /// and SIGBUS when a promised page cannot be provided, as on a full disk. It is not our own SIGKILL: we keep the
    /// reason of that as the intent, which ``error`` looks at first.
    private var isKilledFromOutside: Bool {
        status == .signalled(SIGKILL) || status == .signalled(SIGBUS)
    }

    private var death: String {
        switch status {
        // SIGXCPU and SIGXFSZ have the same numbers on both architectures.
        case .signalled(24): "exceeded its limit of \(limits.time.text) of CPU time"
        case .signalled(25): "exceeded its limit of \(limits.fileBytes) bytes for a file"
        case .exited, .signalled: "\(status)"
        }
    }
}

extension Duration {
    /// The duration in seconds, such as `30 s` or `0.5 s`.
    fileprivate var text: String {
        let (seconds, attoseconds) = components
        guard attoseconds != 0 else { return "\(seconds) s" }
        return "\(Double(seconds) + Double(attoseconds) / 1e18) s"
    }
}
