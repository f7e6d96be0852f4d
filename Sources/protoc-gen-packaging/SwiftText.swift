/// Swift source as it grows, line by line.
struct SwiftText {
    private(set) var text = ""
    private var depth = 0

    /// Adds a line at the present indentation; an empty one stays empty.
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

    /// Adds a documentation comment: the one in the proto file or, without one, `fallback`.
    mutating func documentation(_ comment: String, fallback: String) {
        let lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
        let trimmed = lines.reversed().drop(while: \.isEmpty).reversed()
        guard !trimmed.isEmpty else { return line("/// " + fallback) }
        for text in trimmed { line(text.isEmpty ? "///" : "/// " + text) }
    }
}
