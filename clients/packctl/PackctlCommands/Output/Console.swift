internal import Foundation

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

    /// The process's own streams.
    static let standard = Console(
        out: { write($0, to: .standardOutput) },
        err: { write($0, to: .standardError) },
        terminal: Terminal(descriptor: 2),
        style: Terminal.showsUnicode() ? .blocks : .ascii
    )

    /// Where the commands of this task write.
    @TaskLocal static var current = Console.standard

    /// Writes a line of the result.
    func result(_ line: String) { out(line + "\n") }

    /// Writes a line for people.
    func message(_ line: String) { err(line + "\n") }

    /// Tells what went wrong in up to three lines.
    func complain(_ complaint: Complaint) { err(complaint.text) }

    private static func write(_ text: String, to file: FileHandle) {
        // A reader that went away ("| head") is no error of ours.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
