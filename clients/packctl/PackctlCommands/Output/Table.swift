/// Rows under headings, in columns that are two spaces apart.
struct Table {
    /// What becomes of a column where a table is wider than the terminal. Columns give way in the order of their ranks.
    enum GivingWay: Sendable, Hashable {
        /// The column stays as it is.
        case never
        /// The column is left out.
        case leftOut(rank: Int)
        /// The cells stand below the row, on lines of their own, uncut.
        case ownLine(rank: Int)
        /// The cells are cut, to this number of columns at least.
        case cut(to: Int)

        var rank: Int? {
            switch self {
            case .leftOut(let rank), .ownLine(let rank): rank
            case .never, .cut: nil
            }
        }
    }

    /// A column.
    struct Column: Sendable {
        var heading: String
        /// Whether the cells are numbers, which are aligned to the right.
        var isNumber = false
        var givesWay = GivingWay.never
    }

    /// The place for which a table is laid out.
    struct Layout: Sendable, Hashable {
        /// The columns of the terminal; nil for a file or a pipe, where nothing is cut or left out.
        var width: Int?
        /// Whether a terminal shows the table that knows the characters for text from right to left.
        var isUnicode = false

        /// For scripts: everything, unchanged.
        static let complete = Layout()
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: Column...) { self.init(columns) }

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) { rows.append(cells.map(\.printable)) }

    /// The lines, complete, without spaces at their ends.
    var lines: [String] { lines(.complete) }

    /// The lines for `layout`, without spaces at their ends.
    ///
    /// Ids and names are never cut, because users copy them. Where a table cannot be made narrow enough, the terminal
    /// breaks its lines.
    func lines(_ layout: Layout) -> [String] {
        var shown = Array(columns.indices)
        var below: [Int] = []
        if let width = layout.width {
            let yielding = columns.indices.filter { columns[$0].givesWay.rank != nil }
                .sorted { columns[$0].givesWay.rank ?? 0 < columns[$1].givesWay.rank ?? 0 }
            for index in yielding where leastWidth(of: shown) > width {
                shown.removeAll { $0 == index }
                if case .ownLine = columns[index].givesWay { below.append(index) }
            }
            // Where cells moved to lines of their own, there is room again.
            for index in yielding.reversed() where !shown.contains(index) && !below.contains(index) {
                let more = (shown + [index]).sorted()
                if naturalWidth(of: more) <= width { shown = more }
            }
        }
        var widths = Dictionary(uniqueKeysWithValues: shown.map { ($0, naturalWidth(of: $0)) })
        if let width = layout.width {
            // What is too much is taken from the columns that may be cut, the last one first.
            for index in shown.reversed() {
                let excess = widths.values.reduce(2 * (shown.count - 1), +) - width
                guard excess > 0, case .cut(let least) = columns[index].givesWay else { continue }
                widths[index] = max(min(least, naturalWidth(of: index)), naturalWidth(of: index) - excess)
            }
        }
        let header = line(columns.map(\.heading), shown, widths, layout)
        return [header]
            + rows.flatMap { cells in
                [line(cells, shown, widths, layout)]
                    + below.sorted().filter { !["", "-"].contains(cells[$0]) }.map { "  " + cells[$0].isolated(layout) }
            }
    }

    private func line(_ cells: [String], _ shown: [Int], _ widths: [Int: Int], _ layout: Layout) -> String {
        let padded = shown.map { index in
            let width = widths[index] ?? 0
            let cell = cells[index].truncated(to: width).isolated(layout)
            return columns[index].isNumber ? cell.paddedLeft(to: width) : cell.padded(to: width)
        }
        let line = padded.joined(separator: "  ")
        return String(line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex))
    }

    private func naturalWidth(of index: Int) -> Int {
        max(columns[index].heading.displayWidth, rows.map { $0[index].displayWidth }.max() ?? 0)
    }

    private func naturalWidth(of shown: [Int]) -> Int {
        shown.reduce(2 * (shown.count - 1)) { $0 + naturalWidth(of: $1) }
    }

    /// The width of a row of the columns `shown` where all are cut that may be.
    private func leastWidth(of shown: [Int]) -> Int {
        shown.reduce(2 * (shown.count - 1)) { sum, index in
            guard case .cut(let least) = columns[index].givesWay else { return sum + naturalWidth(of: index) }
            return sum + min(least, naturalWidth(of: index))
        }
    }
}

extension String {
    /// The text as a cell of a table: text from right to left is isolated on a terminal that knows how, so that it does
    /// not take the numbers beside it along.
    fileprivate func isolated(_ layout: Table.Layout) -> String {
        layout.isUnicode && layout.width != nil ? isolatedIfRightToLeft : self
    }
}
