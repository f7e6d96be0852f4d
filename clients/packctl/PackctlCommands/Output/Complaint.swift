internal import PackagingClient

/// An error message of up to three lines, and the exit status of the program.
struct Complaint: Error, Sendable, Hashable {
    var status: CommandStatus
    /// A constant for programs: gRPC's name for the kind of an error of the daemon, otherwise a word for the status.
    var code: String
    /// A constant for programs, where the code alone is not specific enough; empty if it is.
    var reason = ""
    var message: String
    var detail: String?
    var hint: String?
    /// What exactly is wrong, one by one, for programs.
    var details: [ComplaintDetail] = []
    /// Facts for programs, such as ids.
    var metadata: [String: String] = [:]
    /// The call's name in the daemon's log; empty if no call failed.
    var callID = ""
    /// The seconds after which the command may succeed.
    var retryAfter: Int?

    init(
        _ status: CommandStatus,
        _ message: String,
        detail: String? = nil,
        hint: String? = nil,
        details: [ComplaintDetail] = []
    ) {
        self.status = status
        self.code = status.word
        self.message = message
        self.detail = detail
        self.hint = hint
        self.details = details
    }

    /// An error from the daemon or the client library.
    init(_ error: PackagingError) {
        var detail = error.detail
        if detail == nil, error.fields.count > 1 {
            detail = error.fields.map { "\($0.field) \($0.description)." }.joined(separator: " ")
        }
        self.init(CommandStatus(error.code), error.message, detail: detail, hint: error.hint)
        code = error.code.wireName
        reason = error.reason
        details = error.fields.map { ComplaintDetail(message: "\($0.field) \($0.description)", field: $0.field) }
        metadata = error.metadata
        callID = metadata.removeValue(forKey: "callID") ?? ""
        retryAfter = error.retryAfter.map { max(1, Int($0.components.seconds)) }
    }

    /// The lines for standard error.
    var lines: [String] {
        var lines = ["packctl: \(message.printable)"]
        if let detail { lines.append("detail: \(detail.printable)") }
        if let hint { lines.append("hint: \(hint.printable)") }
        return lines
    }
}

extension PackagingError.Code {
    /// gRPC's name of the code, such as `NOT_FOUND`.
    var wireName: String {
        switch self {
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}

extension BookError {
    /// The most problems that are shown at once.
    private static let shown = 20

    /// The lines for standard error: one line for each problem, in the form of compilers.
    var lines: [String] {
        var lines: [String] = []
        let folder = folder.hasSuffix("/") ? folder : folder + "/"
        for problem in problems.prefix(Self.shown) {
            let line = problem.line.map { ":\($0):" } ?? ""
            lines.append("packctl: \(folder)\(problem.file)\(line) \(problem.message)".printable)
            if let hint = problem.hint { lines.append("hint: \(hint)".printable) }
        }
        if problems.count > Self.shown { lines.append("packctl: and \(problems.count - Self.shown) more") }
        return lines
    }
}
