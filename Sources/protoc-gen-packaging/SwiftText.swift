/// Swift source that is built line by line.
struct SwiftText {
    private(set) var text = ""
    private var depth = 0

    /// Adds a line at the current indentation; an empty line stays empty.
    mutating func line(_ line: String = "") {
        if !line.isEmpty { text += String(repeating: "    ", count: depth) + line }
        text += "\n"
    }

    /// Adds `opening {`, what `body` adds, and the closing brace.
    mutating func block(
        _ opening: String,
        _ body: (inout SwiftText) throws(GeneratorError) -> Void
    ) throws(GeneratorError) {
        line(opening + " {")
        depth += 1
        try body(&self)
        depth -= 1
        line("}")
    }

    /// Adds a documentation comment and wraps it: the one in the proto file or, if there is none, `fallback`.
    mutating func documentation(_ comment: String, fallback: String) {
        let text = comment.allSatisfy(\.isWhitespace) ? fallback : comment
        let width = 120 - 4 * depth - "/// ".count
        var words = ""
        for paragraphLine in text.split(separator: "\n", omittingEmptySubsequences: false) {
            for word in paragraphLine.split(separator: " ") {
                if !words.isEmpty, words.count + 1 + word.count > width {
                    line("/// " + words)
                    words = ""
                }
                words += (words.isEmpty ? "" : " ") + word
            }
        }
        line("/// " + words)
    }
}
