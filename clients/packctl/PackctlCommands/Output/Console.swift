internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#endif

/// Where a command writes: results to standard output, messages to standard error.
struct Console: Sendable {
    /// Writes results.
    let out: @Sendable (String) -> Void
    /// Writes messages.
    let err: @Sendable (String) -> Void
    /// The terminal that shows messages, if one does.
    let terminal: Terminal?
    /// What bars are made of.
    var style = BarLine.Style.ascii
    /// Waits for a line of what the user types; nil at its end. Not set where nobody types.
    var answer: (@Sendable () async throws -> String?)?

    /// The process's own streams.
    static let standard = Console(
        out: { write($0, to: .standardOutput) },
        err: { write($0, to: .standardError) },
        terminal: Terminal(stream: 2),
        style: Terminal.showsUnicode() ? .blocks : .ascii,
        answer: isatty(0) == 1 && isatty(2) == 1 ? typedLine : nil
    )

    /// Where the commands of this task write.
    @TaskLocal static var current = Console.standard

    /// Writes a line of the result.
    func result(_ line: String) { out(line + "\n") }

    /// Writes a line for people.
    func message(_ line: String) { err(line + "\n") }

    /// Tells what went wrong in up to three lines.
    func complain(_ complaint: Complaint) { err(complaint.text) }

    /// Asks `question` and returns the answer; nil if nobody can be asked, "" if nobody answers.
    func ask(_ question: String) async throws -> String? {
        guard let answer else { return nil }
        err(question.printable)
        return try await answer() ?? ""
    }

    /// The next line of standard input. Looks for it now and then, for a thread that waits in `read` hears no Ctrl-C.
    @Sendable private static func typedLine() async throws -> String? {
        var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        // The kernel fills one structure of ours.
        while unsafe poll(&input, 1, 0) == 0 { try await Task.sleep(for: .milliseconds(50)) }
        return readLine()
    }

    private static func write(_ text: String, to file: FileHandle) {
        // A reader that went away ("| head") is no error of ours.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
