/// The form of a language tag (BCP 47), such as `en` or `pt-BR`.
package enum LanguageTag {
    /// Whether `text` has the form of a tag: a language of two or three letters, then parts of one to eight letters and
    /// digits, each after a hyphen. Whether such a language exists is not known here.
    package static func isOne(_ text: String) -> Bool {
        guard (2...35).contains(text.utf8.count) else { return false }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let language = parts.first, (2...3).contains(language.count), language.allSatisfy(isLetter) else {
            return false
        }
        return parts.dropFirst().allSatisfy { part in
            (1...8).contains(part.count) && part.allSatisfy { isLetter($0) || isDigit($0) }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
