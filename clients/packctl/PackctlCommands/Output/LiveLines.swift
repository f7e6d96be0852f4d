internal import Synchronization

/// A few lines at the bottom of a terminal that are drawn again in place.
///
/// A frame is one write, sent only if it differs from the last, and each line is cleared behind its end rather than before
/// its beginning, so nothing flickers. Nothing is drawn where messages do not go to a terminal.
final class LiveLines: Sendable {
    private struct Frame {
        var lines: [String] = []
        var isOpen = true
    }

    private let console: Console
    private let frame = Mutex(Frame())

    init(_ console: Console) { self.console = console }

    /// Whether lines are drawn at all.
    var isLive: Bool { console.terminal != nil }

    /// Columns that a line may have: one less than the terminal's, for in the last one some terminals wrap.
    var width: Int { max(10, (console.terminal?.size.columns ?? 80) - 1) }

    /// Shows `lines` in place of those shown last.
    func show(_ lines: [String]) {
        guard let terminal = console.terminal else { return }
        let visible = Array(lines.suffix(max(1, terminal.size.rows - 1)))
        frame.withLock { frame in
            guard frame.isOpen, frame.lines != visible else { return }
            console.err(Self.escape(over: frame.lines.count) + visible.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
            frame.lines = visible
        }
    }

    /// Writes a line above those shown.
    func note(_ line: String) {
        frame.withLock { frame in
            guard isLive else { return console.message(line) }
            let below = frame.lines.map { $0 + "\u{1B}[K\n" }.joined()
            console.err(Self.escape(over: frame.lines.count) + line + "\u{1B}[K\n" + below + "\u{1B}[J")
        }
    }

    /// Leaves the lines where they are, or removes them; nothing is drawn afterwards.
    func close(keepingLines: Bool) {
        frame.withLock { frame in
            if frame.isOpen, isLive, !keepingLines, !frame.lines.isEmpty {
                console.err(Self.escape(over: frame.lines.count) + "\u{1B}[J")
            }
            frame.isOpen = false
        }
    }

    private static func escape(over lines: Int) -> String { lines == 0 ? "" : "\u{1B}[\(lines)A" }
}
