/// Why the stream between a daemon and a worker cannot continue.
package enum WorkerLinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The other end is closed.
    case closed
    /// The other end violated the protocol: the end of a sentence about it, such as `sent no descriptor`.
    case violation(String)
    /// The worker ended the call with an error; this is its text.
    case refused(String)
    /// This process cannot send or receive, for a reason on this side.
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
