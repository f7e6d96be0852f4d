/// The order that people expect for numbered files: `2.wav` before `10.wav`.
enum NaturalOrder {
    /// Whether `left` comes before `right`.
    ///
    /// Runs of digits are compared as numbers of any length, other characters as Unicode scalars in lower case. Names
    /// that are equal by these rules (`1.wav` and `01.wav`) are ordered by their plain text, so that the order is
    /// total.
    static func areInOrder(_ left: String, _ right: String) -> Bool {
        let (a, b) = (pieces(of: left), pieces(of: right))
        for (x, y) in zip(a, b) where x != y {
            switch (x, y) {
            case (.number(let m), .number(let n)): return m.count == n.count ? m < n : m.count < n.count
            case (.text(let m), .text(let n)): return scalars(m, before: n)
            // ASCII digits come before letters. "" is never compared with a number.
            case (.number, .text(let n)): return scalars("0", before: n)
            case (.text(let m), .number): return scalars(m, before: "0")
            }
        }
        return a.count == b.count ? scalars(left, before: right) : a.count < b.count
    }

    private enum Piece: Equatable {
        /// Digits without leading zeros.
        case number(String)
        /// One character, in lower case.
        case text(String)
    }

    private static func pieces(of name: String) -> [Piece] {
        var pieces: [Piece] = []
        var digits: String?
        func number(_ digits: String) -> Piece { .number(String(digits.drop { $0 == "0" })) }
        for character in name {
            if character.isASCII, character.isNumber {
                digits = (digits ?? "") + String(character)
                continue
            }
            if let run = digits { pieces.append(number(run)) }
            digits = nil
            pieces.append(.text(character.lowercased()))
        }
        if let run = digits { pieces.append(number(run)) }
        return pieces
    }

    private static func scalars(_ left: String, before right: String) -> Bool {
        left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
    }
}
