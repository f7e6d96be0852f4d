import ArgumentParser
import Foundation
import Model

/// Writes to standard error why a command failed.
///
/// - Returns: The exit code of the program.
func complain(_ error: PackagingError) -> ExitCode {
    var text = "packagingd: \(error.message)\n"
    if let detail = error.detail { text += "detail: \(detail)\n" }
    // Only the operator reads this, and only the operator may see the error of the layer below.
    if let cause = error.cause { text += "cause: \(cause)\n" }
    if let hint = error.hint { text += "hint: \(hint)\n" }
    tell(text)
    return .failure
}

/// Writes all mistakes in the configuration to standard error.
///
/// - Returns: The exit code of the program.
func complain(_ error: ConfigurationMistakes) -> ExitCode {
    tell("\(error)")
    return .usage
}

/// Writes lines to standard error.
func tell(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

extension ExitCode {
    /// Wrong usage: flags, environment or file.
    static let usage = ExitCode(2)
}
