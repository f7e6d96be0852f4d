/// Why the stream between a daemon and a worker cannot continue.
package enum WorkerLinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The other end is closed.
    case closed
    /// The other end violated the protocol: the end of a sentence about it, such as `sent no descriptor`.
    case violation(String)
    /// The worker ended the call with an error; this is its text.
    case refused(String)
    /// The machine is short of something, and nobody who takes part in the call is at fault.
    case short(ReportedShortage, String)
    /// This process cannot send or receive, for a reason on this side.
    case failed(String)

    /// One line.
    package var description: String {
        switch self {
        case .closed: "the other end is closed"
        case .violation(let what): "the other end \(what)"
        case .refused(let reason), .short(_, let reason), .failed(let reason): reason
        }
    }
}

/// What a machine is short of, as a worker reports it.
package enum ReportedShortage: String, Sendable, Hashable, CaseIterable {
    /// The system gives no memory.
    case memory = "MEMORY_SHORT"
    /// The system or a process has no descriptors left.
    case descriptors = "DESCRIPTORS_SHORT"
    /// The disk of an output is full.
    case space = "SPACE_SHORT"
    /// The disk of an output does not take bytes.
    case disk = "DISK_FAILED"
}
