internal import PackagingClient

/// An error message of up to three lines, and the exit status of the program.
struct Complaint: Error, Sendable, Hashable {
    var status: CommandStatus
    var message: String
    var detail: String?
    var hint: String?

    init(_ status: CommandStatus, _ message: String, detail: String? = nil, hint: String? = nil) {
        self.status = status
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    /// An error from the daemon or the client library.
    init(_ error: PackagingError) {
        var detail = error.detail
        if detail == nil, error.fields.count > 1 {
            detail = error.fields.map { "\($0.field) \($0.description)." }.joined(separator: " ")
        }
        self.init(CommandStatus(error.code), error.message, detail: detail, hint: error.hint)
    }

    /// The lines for standard error.
    var text: String {
        var lines = ["packctl: \(message.printable)"]
        if let detail { lines.append("detail: \(detail.printable)") }
        if let hint { lines.append("hint: \(hint.printable)") }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension BookError {
    /// The most problems that are shown at once.
    private static let shown = 20

    /// The lines for standard error: one line for each problem, in the form of compilers.
    var text: String {
        var text = ""
        let folder = folder.hasSuffix("/") ? folder : folder + "/"
        for problem in problems.prefix(Self.shown) {
            let line = problem.line.map { ":\($0):" } ?? ""
            text += "packctl: \(folder)\(problem.file)\(line) \(problem.message)".printable + "\n"
            if let hint = problem.hint { text += "hint: \(hint)".printable + "\n" }
        }
        if problems.count > Self.shown { text += "packctl: and \(problems.count - Self.shown) more\n" }
        return text
    }
}
