internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#endif

/// The properties of the terminal behind one of the standard streams, which stay open while the program runs.
struct Terminal: Sendable {
    private let stream: CInt

    /// The terminal of `stream`, 0 through 2; nil if it is a file or a pipe, or cannot move its cursor.
    init?(stream: CInt, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard isatty(stream) == 1, environment["TERM"] != "dumb" else { return nil }
        self.stream = stream
    }

    /// The current columns and rows; they change with the window.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        // The kernel fills one of our structures; there is no other way to get the size.
        guard unsafe ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Whether the user's locale shows block characters.
    static func showsUnicode(environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
    }
}
