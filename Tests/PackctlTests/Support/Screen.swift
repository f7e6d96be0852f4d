import CTerminal

/// A model of a terminal, complete enough to judge what packctl draws. Widths are those of the C library's `wcwidth`.
///
/// A window that becomes narrower breaks its lines, as most terminals do.
struct Screen {
    private struct Line {
        var cells: [String] = []
        /// Whether the line continues in the next one, because the window was too narrow.
        var isBroken = false
    }

    private(set) var columns: Int
    private let rows: Int
    private var lines = [Line()]
    private var row = 0
    private var column = 0
    /// Lines that were too long for the window when they were written.
    private(set) var overlong: [String] = []
    /// Control sequences that this model does not know.
    private(set) var unknown: [String] = []

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// The lines from the first that was written to the last that is not empty.
    var shown: [String] {
        var shown = lines.map { line in
            line.cells.joined().reversed().drop { $0 == " " }.reversed().map(String.init).joined()
        }
        while shown.last?.isEmpty == true { shown.removeLast() }
        return shown
    }

    var text: String { shown.joined(separator: "\n") }

    /// Whether the cursor stands at the beginning of a line.
    var isAtLineStart: Bool { column == 0 }

    /// Takes what a program writes.
    mutating func show(_ text: String) {
        var scalars = text.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\r": column = 0
            case "\n": newLine()
            case "\u{1B}":
                guard scalars.first == "[" else {
                    unknown.append("ESC")
                    continue
                }
                scalars = scalars.dropFirst()
                let parameters = scalars.prefix { !("@"..."~").contains($0) }
                scalars = scalars.dropFirst(parameters.count)
                if let final = scalars.popFirst() { perform(final, Int(String(parameters))) }
            default: put(scalar)
            }
        }
    }

    /// Sets the width of the window.
    mutating func resize(columns: Int) {
        guard columns < self.columns else {
            self.columns = columns
            return
        }
        self.columns = columns
        var broken: [Line] = []
        var newRow = 0
        for (index, line) in lines.enumerated() {
            if index == row { newRow = broken.count }
            var rest = line.cells[...]
            repeat {
                broken.append(Line(cells: Array(rest.prefix(columns)), isBroken: rest.count > columns))
                rest = rest.dropFirst(columns)
            } while !rest.isEmpty
        }
        lines = broken
        row = newRow
    }

    private mutating func perform(_ final: Unicode.Scalar, _ parameter: Int?) {
        switch final {
        // The cursor does not leave the window.
        case "A": row = max(row - (parameter ?? 1), lines.count - rows, 0)
        case "K" where parameter == nil: lines[row].cells.removeLast(max(0, lines[row].cells.count - column))
        case "J" where parameter == nil:
            lines[row].cells.removeLast(max(0, lines[row].cells.count - column))
            lines.removeLast(lines.count - row - 1)
        default: unknown.append("\(parameter.map(String.init) ?? "")\(final)")
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        let width = Int(terminal_width(scalar.value))
        guard width >= 0 else { return unknown.append("U+\(String(scalar.value, radix: 16))") }
        guard width > 0 else {
            if column > 0, lines[row].cells.indices.contains(column - 1) {
                lines[row].cells[column - 1].unicodeScalars.append(scalar)
            }
            return
        }
        if column + width > columns {
            overlong.append(lines[row].cells.joined())
            newLine()
            column = 0
        }
        while lines[row].cells.count < column { lines[row].cells.append(" ") }
        // A wide character takes two cells: one with the character, and an empty one.
        for (index, cell) in ([String(scalar)] + Array(repeating: "", count: width - 1)).enumerated() {
            if column + index < lines[row].cells.count {
                lines[row].cells[column + index] = cell
            } else {
                lines[row].cells.append(cell)
            }
        }
        column += width
    }

    private mutating func newLine() {
        row += 1
        if row == lines.count { lines.append(Line()) }
    }
}
