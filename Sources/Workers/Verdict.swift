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
        case WorkerLinkError.short(let what, let reason):
            WorkerError(.short(Shortage(what)), Self.words(for: what) ?? "the worker failed: \(sanitized(reason))")
        case WorkerLinkError.violation(let what): WorkerError(.died, "the worker \(sanitized(what))")
        case WorkerLinkError.closed:
            WorkerError(kindOfDeath, "the worker \(death)\(lastWords.map { ": \($0)" } ?? "")")
        case let error as ProcessError: WorkerError(error, otherwise: .failed)
        default: WorkerError(.failed, "\(problem)")
        }
    }

    /// A full disk is told in the same words by everything that meets it.
    private static func words(for shortage: ReportedShortage) -> String? {
        shortage == .space ? "the disk for scratch files is full" : nil
    }

    /// A worker that reaches its limit of memory in Swift code ends by a signal of its own. A SIGKILL is not ours here: we
    /// keep the reason of that as the intent, which ``error`` looks at first.
    private var kindOfDeath: WorkerError.Kind {
        switch status {
        case .signalled: status.isFromOutside ? .short(.killed) : .died
        // The loader's status when a library is missing or half written, as during an upgrade of the system.
        case .exited(127): .short(.program)
        // The worker's status when the system refuses something before there is a task (EX_TEMPFAIL).
        case .exited(75): .unavailable
        case .exited: .died
        }
    }

    private var death: String {
        switch status {
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
