extension StringProtocol {
    /// The columns of a terminal that the text takes.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text cut to at most `width` columns, with an ellipsis if something was cut.
    func truncated(to width: Int) -> String {
        guard displayWidth > width else { return String(self) }
        guard width > 1 else { return width == 1 ? "…" : "" }
        var (kept, used) = ("", 0)
        for character in self {
            guard used + character.displayWidth < width else { break }
            kept.append(character)
            used += character.displayWidth
        }
        return kept + "…"
    }

    /// The text padded at its end with spaces to `width` columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - displayWidth))
    }

    /// The text padded at its beginning with spaces to `width` columns.
    func paddedLeft(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - displayWidth)) + self
    }

    /// The text on one line and without control characters, because text from a book or a peer must not control the
    /// terminal.
    var printable: String {
        let safe = map { character -> Character in
            let isControl = character.unicodeScalars.contains {
                switch $0.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: $0 != "\u{200D}"
                default: false
                }
            }
            return isControl ? " " : character
        }
        return String(safe)
    }
}

extension String {
    /// The text between U+2068 and U+2069 if it has letters that are written from right to left, otherwise unchanged.
    ///
    /// A terminal that reorders such text would take numbers and names beside it along. Other terminals ignore the two
    /// characters, which take no column.
    var isolatedIfRightToLeft: String {
        unicodeScalars.contains(where: \.isRightToLeft) ? "\u{2068}" + self + "\u{2069}" : self
    }
}

extension Character {
    /// The columns of the character in the simplest terminal, which counts each scalar separately, as `wcwidth` does.
    ///
    /// Terminals that join emoji show some in fewer columns. A line that is shorter than necessary does no harm, but a
    /// line that wraps destroys the lines that are drawn in place.
    fileprivate var displayWidth: Int { unicodeScalars.reduce(0) { $0 + $1.displayWidth } }
}

extension Unicode.Scalar {
    /// Whether the scalar is in a block that is written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and
    /// others.
    ///
    /// Source: Unicode 16, DerivedBidiClass.txt, the ranges whose default is R or AL.
    fileprivate var isRightToLeft: Bool {
        switch value {
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }

    /// 0 for combining marks, 2 for wide characters, 1 for all others.
    fileprivate var displayWidth: Int {
        if value < 0x300 { return 1 }
        // The selector of the emoji form makes a narrow character wide in terminals that know it. The two letters of a
        // flag are together as wide as one emoji.
        if value == 0xFE0F || (0x1F1E6...0x1F1FF).contains(value) { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return Self.wide.contains { $0.contains(value) } || properties.isEmojiPresentation ? 2 : 1
        }
    }

    /// Hangul, CJK, kana, Yi, full-width forms and pictographs.
    ///
    /// Source: Unicode 16, EastAsianWidth.txt, W and F, in blocks; unassigned characters between them count as wide.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1D300...0x1D376, 0x1F000...0x1F02F, 0x1F100...0x1F320,
        0x1F32D...0x1F6FF, 0x1F7E0...0x1F7F0, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
