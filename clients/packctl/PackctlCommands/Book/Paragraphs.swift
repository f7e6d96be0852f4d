/// The paragraphs of a text: groups of lines that are separated by blank lines.
enum Paragraphs {
    /// A paragraph and the line it begins on, from 1.
    struct Paragraph: Hashable {
        var line: Int
        var text: String
    }

    /// Splits `text`. The lines of a paragraph are joined with one space. All usual line ends are accepted.
    static func of(_ text: String) -> [Paragraph] {
        var paragraphs: [Paragraph] = []
        var isOpen = false
        for (index, line) in text.split(separator: /\r\n|\n|\r/, omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if words.isEmpty {
                isOpen = false
            } else if isOpen {
                paragraphs[paragraphs.count - 1].text += " " + words
            } else {
                paragraphs.append(Paragraph(line: index + 1, text: words))
                isOpen = true
            }
        }
        return paragraphs
    }
}
