package import Model
internal import Processes

/// Why a task that was given to a worker has no result.
package struct WorkerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of errors, by what a caller can do.
    package enum Kind: Sendable, Hashable {
        /// The audio of ``WorkerError/segment`` is at fault. Another attempt would fail too.
        case refused
        /// The worker, or this process, could not do the task. No fault of the audio is known.
        case failed
        /// The worker crashed, exceeded a limit, or did something that our worker never does. Hostile audio may be the
        /// cause.
        case died
        /// The worker took too long, or made no progress for too long.
        case timedOut
        /// The machine was short of something for a moment. Neither the worker nor the audio is at fault.
        case short(Shortage)
        /// No worker could be started, for a reason that will not pass by itself.
        case unavailable
        /// The waiting task was cancelled, and the worker has ended.
        case cancelled
    }

    /// The kind of the error.
    package let kind: Kind
    /// One line, lower case, without a full stop, such as `the worker was killed by signal 11 (Segmentation fault)`.
    package let message: String
    /// The segment at fault, by its index in the request.
    package let segment: Int?

    /// An error of `kind`.
    package init(_ kind: Kind, _ message: String, segment: Int? = nil) {
        self.kind = kind
        self.message = message
        self.segment = segment
    }

    /// The message.
    package var description: String { message }
}

/// The meaning of a worker's end. This is the only table for it:
///
/// | kind | how a worker ends so | speaks against the file, if the worker had only this one | a job | a caller |
/// |---|---|---|---|---|
/// | `refused` | it says so | yes | fails | `failedPrecondition` |
/// | `died` | SIGSEGV, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS; its limits of memory, CPU time or file size; an exit without a result; what our worker never sends | yes, if a second worker ends so | counts a failure | `unavailable` |
/// | `timedOut` | its limit of time, or no progress | the same | counts a failure | `unavailable` |
/// | `failed` | it, or this process, says that it cannot | no: the fault is ours | counts a failure | `unavailable` |
/// | `unavailable` | it was not started, or could not set itself up | no | counts a failure | `unavailable` |
/// | `short` | any other signal, such as SIGKILL, SIGBUS and SIGTERM; no memory, process, descriptor, room on the disk or worker program | no: the machine was short of something | waits | `unavailable`, with the time to try again |
/// | `cancelled` | we killed it | no: nobody wants the result any more | ends as it was told | `cancelled` |
extension WorkerError {
    /// Whether the file is at fault, if the worker had only this one and a second worker ends in the same way.
    package var blamesFile: Bool {
        switch kind {
        case .refused, .died, .timedOut: true
        case .failed, .short, .unavailable, .cancelled: false
        }
    }

    /// What the machine was short of; nil if that is not the reason.
    package var shortage: Shortage? {
        if case .short(let shortage) = kind { shortage } else { nil }
    }
}

extension WorkerError {
    /// The error of this process for a worker that it could not start, or could not serve.
    init(_ error: ProcessError, otherwise kind: Kind) {
        self.init(Shortage(error).map { .short($0) } ?? kind, "\(error)")
    }
}

extension PackagingError {
    /// The reason of errors that a call gets because the machine is short of something.
    package static let machineIsShort = "MACHINE_IS_SHORT"

    /// The error for a caller. The code shows whether another call is useful: only with `unavailable`.
    package init(_ error: WorkerError) {
        let code: Code =
            switch error.kind {
            case .refused: .failedPrecondition
            case .failed, .died, .timedOut, .short, .unavailable: .unavailable
            case .cancelled: .cancelled
            }
        self.init(code, error.message, cause: error)
        guard error.shortage != nil else { return }
        reason = Self.machineIsShort
        hint = "Try again in a moment."
        retryAfter = .seconds(1)
    }

    /// The error that ends the work on a job. The job waits until a shortage is over: code `resourceExhausted`.
    ///
    /// - Parameter what: What could not be done, such as `could not render chapter 1 "One"`; nil if the message of
    ///   `error` says enough.
    package init(ofJob error: WorkerError, _ what: String? = nil) {
        self.init(error)
        message = what.map { "\($0): \(error)" } ?? "\(error)"
        guard let shortage = error.shortage else { return }
        code = .resourceExhausted
        reason = shortage == .scratch ? "SCRATCH_FULL" : Self.machineIsShort
        hint = shortage.hint
    }
}
