internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#endif

/// The output of a command: results go to standard output, messages to standard error.
struct Console: Sendable {
    /// Writes results.
    let out: @Sendable (String) -> Void
    /// Writes messages.
    let err: @Sendable (String) -> Void
    /// The terminal that shows messages; nil if they go elsewhere.
    let terminal: Terminal?
    /// The characters of bars.
    var style = BarLine.Style.ascii
    /// Waits for a line that the user types; nil at the end of the input. It is not set if there is no user to ask.
    var answer: (@Sendable () async throws -> String?)?

    /// The process's own streams.
    static let standard = Console(
        out: { write($0, to: .standardOutput) },
        err: { write($0, to: .standardError) },
        terminal: Terminal(stream: 2),
        style: Terminal.showsUnicode() ? .blocks : .ascii,
        answer: isatty(0) == 1 && isatty(2) == 1 ? typedLine : nil
    )

    /// The output of the commands in this task.
    @TaskLocal static var current = Console.standard

    /// Writes a line of the result.
    func result(_ line: String) { out(line + "\n") }

    /// Writes a line for people.
    func message(_ line: String) { err(line + "\n") }

    /// Writes an error message of up to three lines.
    func complain(_ complaint: Complaint) { err(complaint.text) }

    /// Asks `question` and returns the answer; nil if there is no user to ask, "" if the user gives no answer.
    func ask(_ question: String) async throws -> String? {
        guard let answer else { return nil }
        err(question.printable)
        return try await answer() ?? ""
    }

    /// The next line of standard input. It polls, because a thread that waits in `read` does not notice Ctrl-C.
    @Sendable private static func typedLine() async throws -> String? {
        var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        // The kernel fills one of our structures.
        while unsafe poll(&input, 1, 0) == 0 { try await Task.sleep(for: .milliseconds(50)) }
        return readLine()
    }

    private static func write(_ text: String, to file: FileHandle) {
        // If the reader has closed the pipe ("| head"), that is not our error.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
