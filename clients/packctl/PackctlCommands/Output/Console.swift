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
    /// The terminal on which messages are drawn; nil if they go elsewhere.
    private(set) var terminal: Terminal?
    /// The characters of bars.
    var style = BarLine.Style.ascii
    /// How tables are laid out, and how wide lines are.
    var layout = Table.Layout.complete
    /// The columns of the terminal that messages go to; nil for a file or a pipe, where no line is broken.
    var messageWidth: Int?
    /// Waits for a line that the user types; nil at the end of the input. It is not set if there is no user to ask.
    private(set) var answer: (@Sendable () async throws -> String?)?
    /// Whether errors are written as JSON.
    private(set) var isJSON = false
    /// Whether only results and errors are written. With JSON, a script reads standard error, too.
    private(set) var isQuiet = false

    init(
        out: @escaping @Sendable (String) -> Void,
        err: @escaping @Sendable (String) -> Void,
        terminal: Terminal?,
        style: BarLine.Style = .ascii,
        layout: Table.Layout = .complete,
        messageWidth: Int? = nil,
        answer: (@Sendable () async throws -> String?)? = nil
    ) {
        self.out = out
        self.err = err
        self.terminal = terminal
        self.style = style
        self.layout = layout
        self.messageWidth = messageWidth
        self.answer = answer
    }

    /// The process's own streams.
    static let standard = Console(
        out: { write($0, to: .standardOutput) },
        err: { write($0, to: .standardError) },
        terminal: Terminal(stream: 2),
        style: Terminal.showsUnicode() ? .blocks : .ascii,
        layout: Table.Layout(width: Terminal.width(ofStream: 1), isUnicode: Terminal.showsUnicode()),
        messageWidth: Terminal.width(ofStream: 2),
        answer: isatty(0) == 1 && isatty(2) == 1 ? typedLine : nil
    )

    /// The output of the commands in this task.
    @TaskLocal static var current = Console.standard

    /// Writes a line of the result, broken between words where a terminal has no room for it. JSON stays one line.
    func result(_ line: String) { out(Self.text([line], width: isJSON ? nil : layout.width)) }

    /// The same output for a command that was given these options.
    func adapted(json: Bool, quiet: Bool) -> Console {
        var console = self
        console.isJSON = json
        console.isQuiet = json || quiet
        if console.isQuiet { console.terminal = nil }
        // A question is no JSON, and a script cannot answer it.
        if json { console.answer = nil }
        return console
    }

    /// Writes a line for people, unless only errors are wanted.
    func message(_ line: String) {
        if !isQuiet { err(Self.text([line], width: messageWidth)) }
    }

    /// Writes an error message of up to three lines, or one JSON object.
    func complain(_ complaint: Complaint) {
        err(isJSON ? complaint.json + "\n" : Self.text(complaint.lines, width: messageWidth))
    }

    /// Writes the problems of a book folder, a line for each, or one JSON object.
    func complain(_ error: BookError) {
        err(isJSON ? Complaint(error).json + "\n" : Self.text(error.lines, width: messageWidth))
    }

    private static func text(_ lines: [String], width: Int?) -> String {
        lines.flatMap { $0.wrapped(to: width ?? .max) }.map { $0 + "\n" }.joined()
    }

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
