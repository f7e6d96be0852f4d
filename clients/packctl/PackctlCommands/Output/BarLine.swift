/// Draws jobs as lines of a given width, each with a bar.
struct BarLine {
    /// The characters of a bar.
    struct Style: Sendable, Hashable {
        var full: Character
        var empty: Character

        /// For terminals that show Unicode.
        static let blocks = Style(full: "█", empty: "░")
        /// For all other terminals.
        static let ascii = Style(full: "#", empty: "-")
    }

    var style = Style.blocks
    var time: TimeText

    /// A line for each row of `board`, at most `width` columns each.
    ///
    /// If there is little room, parts are left out: the remaining time below 52 columns, the bar below 36. Then the
    /// step is cut.
    func lines(_ board: JobBoard, width: Int) -> [String] {
        let nameWidth = board.rows.map(\.platform.displayWidth).max() ?? 0
        return board.rows.map { line($0, nameWidth: nameWidth, width: width) }
    }

    private func line(_ row: JobBoard.Row, nameWidth: Int, width: Int) -> String {
        var line = row.platform.padded(to: nameWidth)
        if width >= 36 { line += "  " + bar(percent: row.percent, width: min(30, width / 4)) }
        line += "  " + "\(row.percent)%".paddedLeft(to: 4)
        let left = row.status.isTerminal || width < 52 ? nil : row.estimate.flatMap(time.left(until:))
        let room = width - line.displayWidth - 2 - (left.map { $0.displayWidth + 2 } ?? 0)
        let story = row.story.printable
        if room >= 4 {
            let cut = story.truncated(to: room)
            let shown = style == .blocks ? cut.isolatedIfRightToLeft : cut
            line += "  " + (left == nil ? shown : shown.padded(to: room))
        }
        if let left { line += "  " + left }
        return line.truncated(to: width)
    }

    private func bar(percent: Int, width: Int) -> String {
        let full = width * percent / 100
        return String(repeating: style.full, count: full) + String(repeating: style.empty, count: width - full)
    }
}
