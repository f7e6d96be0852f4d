import ArgumentParser
import Foundation
import Model

/// Tells on standard error why a command failed.
///
/// - Returns: How the program is to end.
func complain(_ error: PackagingError) -> ExitCode {
    var text = "packagingd: \(error.message)\n"
    if let detail = error.detail { text += "detail: \(detail)\n" }
    // The operator is the one reader who may see what lies below.
    if let cause = error.cause { text += "cause: \(cause)\n" }
    if let hint = error.hint { text += "hint: \(hint)\n" }
    tell(text)
    return .failure
}

/// Tells on standard error all that is wrong with the configuration.
///
/// - Returns: How the program is to end.
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
