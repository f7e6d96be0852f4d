internal import Synchronization

/// A few lines at the bottom of a terminal that are drawn again in place.
///
/// A frame is one write, sent only if it differs from the last, and each line is cleared behind its end rather than before
/// its beginning, so nothing flickers. Nothing is drawn where messages do not go to a terminal.
final class LiveLines: Sendable {
    private struct Frame {
        var lines: [String] = []
        var isOpen = true

        /// Moves the cursor to the beginning of the first line, in a terminal of `columns`.
        ///
        /// A window that became narrower has broken the lines that no longer fit, as terminals do. The cursor may stand
        /// behind what the user typed, such as the ^C of an interrupt.
        func start(columns: Int) -> String {
            let rows = lines.reduce(0) { $0 + max(1, ($1.displayWidth + columns - 1) / columns) }
            return rows == 0 ? "\r" : "\r\u{1B}[\(rows)A"
        }

        /// The lines, each cleared behind its end, and everything below them.
        var drawing: String { lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J" }
    }

    private let console: Console
    private let frame = Mutex(Frame())

    init(_ console: Console) { self.console = console }

    /// Whether lines are drawn at all.
    var isLive: Bool { console.terminal != nil }

    /// Columns that a line may have: one less than the terminal's, for in the last one some terminals wrap.
    var width: Int { max(1, (console.terminal?.size.columns ?? 80) - 1) }

    /// Shows `lines` in place of those shown last.
    func show(_ lines: [String]) {
        guard let size = console.terminal?.size else { return }
        // What is higher than the window cannot be drawn over: the cursor stops at the top.
        let visible = Array(lines.suffix(max(1, size.rows - 1)))
        frame.withLock { frame in
            guard frame.isOpen, frame.lines != visible else { return }
            let start = frame.start(columns: size.columns)
            frame.lines = visible
            console.err(start + frame.drawing)
        }
    }

    /// Writes a line above those shown.
    func note(_ line: String) {
        guard let size = console.terminal?.size else { return console.message(line) }
        frame.withLock { frame in
            console.err(frame.start(columns: size.columns) + line + "\u{1B}[K\n" + frame.drawing)
        }
    }

    /// Leaves the lines where they are, or removes them; nothing is drawn afterwards.
    func close(keepingLines: Bool) {
        guard let size = console.terminal?.size else { return }
        frame.withLock { frame in
            guard frame.isOpen, !frame.lines.isEmpty else { return frame.isOpen = false }
            let start = frame.start(columns: size.columns)
            if !keepingLines { frame.lines = [] }
            console.err(start + frame.drawing)
            frame.isOpen = false
        }
    }
}
