/// What a line of text, such as a title or a name, may hold.
///
/// Titles and names go into packages, file names, tables and logs. A character that nobody sees there, or that turns the text
/// around it, can make one book look like another.
package enum LineText {
    /// What is wrong with `text`: the end of a sentence that names it. Nil if nothing is.
    package static func problem(in text: String) -> String? {
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                return "has a control character or a line break (\(name(scalar)))"
            case .unassigned where scalar.properties.isNoncharacterCodePoint:
                return "has \(name(scalar)), which is no character"
            default: break
            }
            if turnsText.contains(scalar.value) { return "has \(name(scalar)), which changes the direction of text" }
        }
        return nil
    }

    /// Whether `text` has nothing that anybody sees or reads aloud: it is empty, or has only spaces and characters without
    /// a form of their own.
    package static func isBlank(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .nonspacingMark,
                .enclosingMark:
                true
            default:
                // Fillers have the category of letters, and no form.
                scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isWhitespace
                    || scalar.value == 0x2800
            }
        }
    }

    /// Embeddings, overrides and isolates, and what ends them (Unicode Standard Annex 9, "Explicit Directional
    /// Formatting Characters"). The three marks without scope are not among them: right-to-left titles need them.
    private static let turnsText: Set<UInt32> = Set(0x202A...0x202E).union(0x2066...0x2069)

    private static func name(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
