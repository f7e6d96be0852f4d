/// An ISBN whose check digit is right.
package struct ISBN: Sendable, Hashable {
    /// Ten or thirteen digits, the last of ten perhaps an `X`.
    package let digits: String

    /// What is wrong with a text that is no ISBN: the end of a sentence that begins with the field's name.
    package struct Mistake: Error, Sendable, Hashable {
        /// The words, without the text itself.
        package let problem: String
    }

    /// Reads an ISBN with or without hyphens and spaces.
    package init(reading text: String) throws(Mistake) {
        let characters = text.uppercased().filter {
            $0 != "-" && $0 != "\u{2010}" && $0 != "\u{2011}" && !$0.isWhitespace
        }
        let values = characters.enumerated().compactMap { place, character -> Int? in
            if character == "X", place == 9, characters.count == 10 { return 10 }
            return character.isASCII ? character.wholeNumberValue : nil
        }
        guard values.count == characters.count, [10, 13].contains(values.count) else {
            throw Mistake(problem: "is not an ISBN: it has 10 or 13 digits")
        }
        let isWhole =
            values.count == 10
            ? zip(values, (1...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 }.isMultiple(of: 11)
            : values.enumerated().reduce(0) { $0 + $1.element * ($1.offset.isMultiple(of: 2) ? 1 : 3) }
                .isMultiple(of: 10)
        guard isWhole else {
            throw Mistake(problem: "is not an ISBN: its last digit does not match the others, so one is mistyped")
        }
        digits = characters
    }

    /// Reads an ISBN; nil for anything else.
    package init?(_ text: String) { try? self.init(reading: text) }
}
