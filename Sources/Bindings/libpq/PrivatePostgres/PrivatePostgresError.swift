/// Why the private Postgres does not run.
package struct PrivatePostgresError: Error, Sendable, CustomStringConvertible {
    /// One line that names the thing and the reason.
    package var message: String
    /// The end of the server's log, where it helps.
    package var detail: String?
    /// What to do, in sentences.
    package var hint: String?

    init(_ message: String, detail: String? = nil, hint: String? = nil) {
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    /// The message, and on the lines after it the end of the log and the hint, where there are any.
    package var description: String {
        [message, detail.map { "detail: \($0)" }, hint.map { "hint: \($0)" }].compactMap(\.self).joined(separator: "\n")
    }
}
