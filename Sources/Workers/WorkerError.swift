package import Model

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
        /// The system ended the worker from outside, as it does when memory is short.
        case killed
        /// No worker could be started.
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
/// | kind | speaks against the file, if the worker had only this one | code |
/// |---|---|---|
/// | `refused` | yes | `failedPrecondition` |
/// | `died`, `timedOut` | yes: the next worker would end in the same way | `unavailable` |
/// | `failed` | no: the fault is ours | `unavailable` |
/// | `killed`, `unavailable` | no: the machine was short of something | `unavailable` |
/// | `cancelled` | no: nobody wants the result any more | `cancelled` |
extension WorkerError {
    /// Whether the file is at fault, if the worker had only this one.
    package var blamesFile: Bool {
        switch kind {
        case .refused, .died, .timedOut: true
        case .failed, .killed, .unavailable, .cancelled: false
        }
    }
}

extension PackagingError {
    /// The same error in the words of the wire. The code shows whether another attempt is useful: only with
    /// `unavailable`.
    package init(_ error: WorkerError) {
        let code: Code =
            switch error.kind {
            case .refused: .failedPrecondition
            case .failed, .died, .timedOut, .killed, .unavailable: .unavailable
            case .cancelled: .cancelled
            }
        self.init(code, error.message, cause: error)
    }
}
