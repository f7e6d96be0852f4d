/// Text in the form that is given to espeak-ng.
///
/// The engine interprets some characters as commands and silently drops other text. It speaks the text of this type
/// completely.
struct EspeakText: Sendable, Hashable {
    /// The longest run without a space that is given to the engine. The engine cuts runs of 160 letters.
    static let longestWord = 80

    /// The text to speak; nil if nothing in it can be heard because it is blank or only punctuation.
    let spoken: String?
    /// The number of letters and digits in it. No voice speaks fifty of them in a second.
    let letters: Int

    /// Prepares `text`.
    init(_ text: String) {
        var spoken = ""
        var wordLength = 0
        var letters = 0
        var hasSymbols = false
        for scalar in text.unicodeScalars {
            // For the engine, NUL ends the text and other control characters are commands.
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
        // Doubled brackets enclose phonemes, even without an option for that.
        while let brackets = spoken.firstRange(of: "[[") { spoken.replaceSubrange(brackets, with: "[ ") }
        self.letters = letters
        self.spoken = letters > 0 || hasSymbols ? spoken : nil
    }

    private static let symbols: Set<Unicode.GeneralCategory> = [.mathSymbol, .currencySymbol, .otherSymbol]
}
