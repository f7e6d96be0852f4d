internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#endif

/// The terminal behind one of the standard streams, which stay open while the program runs.
struct Terminal: Sendable {
    private let stream: CInt
    private let chosenColumns: Int?

    /// The terminal of `stream`, 0 through 2, if it can move its cursor; nil for a file, a pipe, and a terminal that
    /// `TERM` calls dumb or does not name.
    init?(stream: CInt, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard isatty(stream) == 1, !["", "dumb"].contains(environment["TERM"] ?? "") else { return nil }
        self.stream = stream
        chosenColumns = Self.columns(chosenIn: environment)
    }

    /// The current columns and rows; they change with the window. The user's `COLUMNS` may only make them fewer, because
    /// lines that are wider than the window cannot be redrawn.
    var size: (columns: Int, rows: Int) {
        guard let window = Self.window(of: stream) else { return (chosenColumns ?? 80, 24) }
        return (min(window.columns, chosenColumns ?? .max), window.rows)
    }

    /// The columns for text that is written to `stream` once; nil if it goes to a file or a pipe, where nothing is cut.
    static func width(
        ofStream stream: CInt,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Int? {
        guard isatty(stream) == 1 else { return nil }
        return columns(chosenIn: environment) ?? window(of: stream)?.columns ?? 80
    }

    /// The columns that the user asks for with `COLUMNS`; nil if it is not set to a number.
    static func columns(chosenIn environment: [String: String]) -> Int? {
        environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    private static func window(of stream: CInt) -> (columns: Int, rows: Int)? {
        var size = winsize()
        // The kernel fills one of our structures; there is no other way to get the size.
        guard unsafe ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    /// Whether the user's locale shows block characters.
    static func showsUnicode(environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
    }
}
