package import Model

/// Why a task that was given to a worker has no result.
package struct WorkerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller does about it.
    package enum Kind: Sendable, Hashable {
        /// The audio of ``WorkerError/segment`` is at fault. It will be next time, too.
        case refused
        /// The worker or we could not do it, through no fault of the audio that is known.
        case failed
        /// The worker crashed, used more than it may, or did what no worker of ours does. Hostile audio may be the cause.
        case died
        /// It took too long, or nothing moved for too long.
        case timedOut
        /// The system ended the worker from outside, as it does when memory is short.
        case killed
        /// No worker could be started.
        case unavailable
        /// The task that waited was cancelled; the worker is gone.
        case cancelled
    }

    /// What a caller does about it.
    package let kind: Kind
    /// One line, lower case, without a full stop, such as `the worker was killed by signal 11 (Segmentation fault)`.
    package let message: String
    /// The segment at fault, by its place in the request.
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

/// What the end of a worker means. The one table for it:
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
    /// The same in the words of the wire. Whether it is worth to try again follows from the code: only with `unavailable`.
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
