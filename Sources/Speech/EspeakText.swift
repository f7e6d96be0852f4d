/// Text as espeak-ng is given it.
///
/// The engine takes some text for orders and drops other text without a word. What it gets here it speaks whole.
struct EspeakText: Sendable, Hashable {
    /// The longest run without a space that is given to the engine, which cuts those of 160 letters.
    static let longestWord = 80

    /// The text to speak; nil if nothing in it can be heard: it is blank, or punctuation only.
    let spoken: String?
    /// Letters and digits in it. No voice says fifty of them in a second.
    let letters: Int

    /// Prepares `text`.
    init(_ text: String) {
        var spoken = ""
        var wordLength = 0
        var letters = 0
        var hasSymbols = false
        for scalar in text.unicodeScalars {
            // NUL ends the text for the engine, and other control characters are its commands.
            if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
                spoken += " "
                wordLength = 0
                continue
            }
            if wordLength == Self.longestWord {
                spoken += " "
                wordLength = 0
            }
            wordLength += 1
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil { letters += 1 }
            hasSymbols = hasSymbols || Self.symbols.contains(scalar.properties.generalCategory)
            spoken.unicodeScalars.append(scalar)
        }
        // Doubled brackets enclose phonemes, even where no option asks for that.
        while let brackets = spoken.firstRange(of: "[[") { spoken.replaceSubrange(brackets, with: "[ ") }
        self.letters = letters
        self.spoken = letters > 0 || hasSymbols ? spoken : nil
    }

    private static let symbols: Set<Unicode.GeneralCategory> = [.mathSymbol, .currencySymbol, .otherSymbol]
}
