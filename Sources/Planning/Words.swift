/// Lists and counts in words.
enum Words {
    /// `chapter 3` or `chapters 3, 7 and 8`; after the first ten, the number of further ones.
    static func chapters(_ numbers: [Int]) -> String { numbered("chapter", numbers) }

    /// `segment 3` or `segments 3, 7 and 8`; after the first ten, the number of further ones.
    static func numbered(_ noun: String, _ numbers: [Int]) -> String {
        guard numbers.count > 1 else { return "\(noun) \(numbers.first ?? 0)" }
        return "\(noun)s " + list(numbers.map(String.init), limit: 10)
    }

    /// `a`, `a and b`, `a, b and c`; above `limit` items, `a, b and 5 more`.
    static func list(_ items: [String], limit: Int) -> String {
        var shown = Array(items.prefix(limit))
        if items.count > limit { shown.append("\(items.count - limit) more") }
        guard let last = shown.popLast() else { return "" }
        return shown.isEmpty ? last : shown.joined(separator: ", ") + " and " + last
    }

    /// `1 chapter`, `4 chapters`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
