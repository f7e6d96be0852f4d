/// Rows under headings, in columns that are two spaces apart.
struct Table {
    /// A column.
    struct Column {
        var heading: String
        /// Whether the cells are numbers, which are aligned to the right.
        var isNumber = false
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: Column...) { self.columns = columns }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: String...) { rows.append(cells.map(\.printable)) }

    /// The lines, without spaces at their ends. Rows are never cut, so that a script or a wider window shows
    /// everything.
    var lines: [String] {
        let table = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { index in table.map { $0[index].displayWidth }.max() ?? 0 }
        return table.map { cells in
            let padded = columns.indices.map { index in
                columns[index].isNumber
                    ? cells[index].paddedLeft(to: widths[index]) : cells[index].padded(to: widths[index])
            }
            let line = padded.joined(separator: "  ")
            return String(line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex))
        }
    }
}
