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
    FileHandle.standardError.write(Data(text.utf8))
    return .failure
}
