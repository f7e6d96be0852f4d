internal import Synchronization

/// A few lines at the bottom of a terminal that are redrawn in place.
///
/// To avoid flicker, a frame is a single write, it is sent only if it differs from the last, and each line is cleared
/// after its text and not before it. Nothing is drawn if messages do not go to a terminal.
final class LiveLines: Sendable {
    private struct Frame {
        var lines: [String] = []
        var isOpen = true

        /// Moves the cursor to the beginning of the first line, in a terminal of `columns`.
        ///
        /// If the window became narrower, the terminal has wrapped the lines that no longer fit. The cursor may be
        /// after text that the user typed, such as the ^C of an interrupt.
        func start(columns: Int) -> String {
            let rows = lines.reduce(0) { $0 + max(1, ($1.displayWidth + columns - 1) / columns) }
            return rows == 0 ? "\r" : "\r\u{1B}[\(rows)A"
        }

        /// The lines. Each is cleared after its text, and everything below them is cleared too.
        var drawing: String { lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J" }
    }

    private let console: Console
    private let frame = Mutex(Frame())

    init(_ console: Console) { self.console = console }

    /// Whether lines are drawn at all.
    var isLive: Bool { console.terminal != nil }

    /// The columns that a line may have: one less than the terminal's, because some terminals wrap after the last one.
    var width: Int { max(1, (console.terminal?.size.columns ?? 80) - 1) }

    /// Shows `lines` instead of the previous ones.
    func show(_ lines: [String]) {
        guard let size = console.terminal?.size else { return }
        // Lines above the window cannot be redrawn, because the cursor stops at the top.
        let visible = Array(lines.suffix(max(1, size.rows - 1)))
        frame.withLock { frame in
            guard frame.isOpen, frame.lines != visible else { return }
            let start = frame.start(columns: size.columns)
            frame.lines = visible
            console.err(start + frame.drawing)
        }
    }

    /// Writes a line above the live lines.
    func note(_ line: String) {
        guard let size = console.terminal?.size else { return console.message(line) }
        frame.withLock { frame in
            console.err(frame.start(columns: size.columns) + line + "\u{1B}[K\n" + frame.drawing)
        }
    }

    /// Keeps or removes the lines; nothing is drawn afterwards.
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
