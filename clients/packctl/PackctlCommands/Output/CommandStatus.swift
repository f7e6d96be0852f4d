internal import PackagingClient

/// The exit status of the program. Scripts rely on the numbers.
enum CommandStatus: Int32, Sendable, CaseIterable {
    case done = 0
    case failed = 1
    /// The command line is wrong.
    case usage = 2
    case notFound = 3
    /// The caller may not do this, or a quota is reached.
    case refused = 4
    /// The book is not ready, or a package is not valid.
    case notReady = 5
    /// The daemon cannot be reached.
    case unreachable = 6
    /// Some platforms or segments failed.
    case partial = 7
    /// The user pressed Ctrl-C. Shells expect this number from a program that SIGINT ends.
    case interrupted = 130

    /// The exit status for an error with `code`.
    init(_ code: PackagingError.Code) {
        self =
            switch code {
            case .invalidArgument, .outOfRange: .usage
            case .notFound: .notFound
            case .permissionDenied, .unauthenticated, .resourceExhausted: .refused
            case .failedPrecondition: .notReady
            case .unavailable: .unreachable
            case .cancelled: .interrupted
            case .unknown, .deadlineExceeded, .alreadyExists, .aborted, .unimplemented, .internal, .dataLoss: .failed
            }
    }

    /// The code of an error that packctl itself found. Scripts rely on the words.
    var word: String {
        switch self {
        case .done: "DONE"
        case .failed: "FAILED"
        case .usage: "USAGE"
        case .notFound: "NOT_FOUND"
        case .refused: "REFUSED"
        case .notReady: "NOT_READY"
        case .unreachable: "UNAVAILABLE"
        case .partial: "PARTIAL"
        case .interrupted: "INTERRUPTED"
        }
    }
}
