/// The language of a book in the form that XML and OPF need.
struct BookLanguage: Sendable, Hashable {
    /// A well-formed BCP 47 tag; `und` if the text is not a language tag.
    let tag: String
    /// Whether it is written from right to left.
    let isRightToLeft: Bool

    /// The `dir` attribute of a page.
    var direction: String { isRightToLeft ? "rtl" : "ltr" }

    /// Reads a tag such as `en-GB`. Underscores count as hyphens. Subtags after language, script and region are
    /// dropped.
    init(_ text: String) {
        let subtags = text.split(whereSeparator: { $0 == "-" || $0 == "_" }).map { $0.lowercased() }
        guard let language = subtags.first, Self.isLetters(language, 2...3) else {
            (tag, isRightToLeft) = ("und", false)
            return
        }
        var rest = subtags.dropFirst()
        var parts = [language]
        var isRightToLeft = Self.rightToLeftLanguages.contains(language)
        if let script = rest.first, Self.isLetters(script, 4...4) {
            parts.append(script.prefix(1).uppercased() + script.dropFirst())
            isRightToLeft = Self.rightToLeftScripts.contains(script)
            rest.removeFirst()
        }
        if let region = rest.first, Self.isLetters(region, 2...2) || Self.isDigits(region, 3) {
            parts.append(region.uppercased())
        }
        tag = parts.joined(separator: "-")
        self.isRightToLeft = isRightToLeft
    }

    private static func isLetters(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (0x61...0x7A).contains($0) }
    }

    private static func isDigits(_ text: String, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static let rightToLeftLanguages: Set<String> = [
        "ar", "arc", "azb", "ckb", "dv", "fa", "he", "lrc", "mzn", "nqo", "pnb", "ps", "sd", "syr", "ug", "ur", "yi",
    ]
    private static let rightToLeftScripts: Set<String> = ["adlm", "arab", "hebr", "nkoo", "syrc", "thaa"]
}
