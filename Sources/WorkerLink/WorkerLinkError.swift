/// Why the stream between a daemon and a worker cannot go on.
package enum WorkerLinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The other end is gone.
    case closed
    /// The other end did what the protocol forbids: the end of a sentence about it, such as `sent no descriptor`.
    case violation(String)
    /// The worker ended the call with an error, in its own words.
    case refused(String)
    /// This process cannot send or receive, for a reason of its own.
    case failed(String)

    /// One line.
    package var description: String {
        switch self {
        case .closed: "the other end is closed"
        case .violation(let what): "the other end \(what)"
        case .refused(let reason), .failed(let reason): reason
        }
    }
}
