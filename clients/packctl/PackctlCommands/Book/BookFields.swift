internal import Yams

internal import enum Model.Suggestion

/// Reads the fields of YAML mappings strictly, and collects the problems.
///
/// Reading continues after a problem, so that all problems of a file are reported together.
struct BookFields {
    /// One mapping in which only known keys are left.
    struct Mapping {
        /// The mapping's place, for messages: "chapter 3, segment 2"; empty for the whole file.
        var place: String
        var line: Int
        fileprivate var values: [String: Node]

        /// The value of `key`, unless it is absent or null.
        subscript(key: String) -> Node? {
            guard let node = values[key], !node.isNull else { return nil }
            return node
        }
    }

    /// The problems found so far.
    private(set) var problems: [BookProblem] = []
    /// The lines of the fields that were read, by their names in messages, such as "bitrate of packaging of kobo".
    private(set) var lines: [String: Int] = [:]

    mutating func report(_ message: String, at node: Node?, hint: String? = nil) {
        report(message, line: node?.mark?.line, hint: hint)
    }

    mutating func report(_ message: String, file: String = BookReader.fileName, line: Int?, hint: String? = nil) {
        problems.append(BookProblem(file: file, line: line, message: message, hint: hint))
    }

    /// The mapping `node`. Its keys must be among `allowed`; other keys are reported and dropped.
    ///
    /// - Parameter keepsLines: Whether ``lines`` gets the keys. Not for segments, of which there may be 200,000.
    mutating func mapping(
        _ node: Node,
        place: String,
        allowed: [String],
        keepsLines: Bool = true
    ) -> Mapping? {
        let line = node.mark?.line ?? 1
        if keepsLines { lines[place] = line }
        guard case .mapping(let pairs) = node else {
            report("\(place.isEmpty ? "the book" : place) must be a mapping, not \(node.kind)", at: node)
            return nil
        }
        var values: [String: Node] = [:]
        for (key, value) in pairs {
            guard case .scalar(let scalar) = key, allowed.contains(scalar.string) else {
                let name = key.scalar?.string ?? "?"
                let nearest = Suggestion.nearest(to: name, in: allowed)
                report(
                    "unknown key \"\(name)\"\(place.isEmpty ? "" : " in \(place)")",
                    at: key,
                    hint: nearest.map { "Did you mean \"\($0)\"?" }
                        ?? "Allowed are \(Suggestion.list(allowed, conjunction: "and"))."
                )
                continue
            }
            values[scalar.string] = value
            if keepsLines {
                lines[place.isEmpty ? scalar.string : "\(scalar.string) of \(place)"] = key.mark?.line ?? line
            }
        }
        return Mapping(place: place, line: line, values: values)
    }

    /// The text of `key`, without white space at its ends; empty when absent.
    mutating func text(_ key: String, in mapping: Mapping, limit: Int = 500) -> String {
        guard let node = mapping[key] else { return "" }
        return text(node, called: name(key, in: mapping), limit: limit)
    }

    /// The text of `key`, which must exist and not be empty.
    mutating func requiredText(_ key: String, in mapping: Mapping, limit: Int = 500) -> String {
        guard mapping[key] != nil else {
            report("\(mapping.place.isEmpty ? "the book" : mapping.place) has no \(key)", line: mapping.line)
            return ""
        }
        let before = problems.count
        let text = text(key, in: mapping, limit: limit)
        if text.isEmpty, problems.count == before { report("\(name(key, in: mapping)) is empty", at: mapping[key]) }
        return text
    }

    /// The texts of the list `key`; empty when absent.
    mutating func texts(_ key: String, in mapping: Mapping) -> [String] {
        let nodes = list(key, in: mapping, example: "[Ann Lee, Bo Day]")
        return nodes.enumerated().compactMap { index, node in
            let name = "\(name(key, in: mapping)), item \(index + 1),"
            lines[name] = node.mark?.line
            let before = problems.count
            let text = node.isNull ? "" : text(node, called: name, limit: 500)
            if text.isEmpty, problems.count == before { report("\(name) is empty", at: node) }
            return text.isEmpty ? nil : text
        }
    }

    /// The items of the list `key`; empty when absent.
    mutating func list(_ key: String, in mapping: Mapping, example: String) -> [Node] {
        guard let node = mapping[key] else { return [] }
        guard case .sequence(let sequence) = node else {
            report(
                "\(name(key, in: mapping)) must be a list, not \(node.kind)",
                at: node,
                hint: "Write it as \(example)."
            )
            return []
        }
        return Array(sequence)
    }

    /// Whether `key` is true; `false` when absent.
    mutating func flag(_ key: String, in mapping: Mapping) -> Bool {
        guard let node = mapping[key] else { return false }
        switch node.scalar?.string.lowercased() {
        case "true": return true
        case "false": return false
        default:
            report("\(name(key, in: mapping)) must be true or false", at: node)
            return false
        }
    }

    /// The number of `key`, which must be within `range`; nil when absent.
    mutating func number(_ key: String, in mapping: Mapping, range: ClosedRange<Double>) -> Double? {
        guard let node = mapping[key] else { return nil }
        guard let value = node.scalar.flatMap({ Double($0.string) }), range.contains(value) else {
            let bounds = "\(BookFields.plain(range.lowerBound)) through \(BookFields.plain(range.upperBound))"
            report("\(name(key, in: mapping)) must be a number, \(bounds)", at: node)
            return nil
        }
        return value
    }

    /// The word of `key`, which must be among `words`; nil when absent.
    mutating func word(_ key: String, in mapping: Mapping, of words: [String]) -> String? {
        guard let node = mapping[key] else { return nil }
        return word(node, called: name(key, in: mapping), of: words)
    }

    /// The word `node`, which must be among `words`.
    mutating func word(_ node: Node, called name: String, of words: [String]) -> String? {
        let typed = node.scalar?.string ?? ""
        if words.contains(typed) { return typed }
        report(
            "\(name) must be \(Suggestion.list(words)), not \(node.scalar == nil ? node.kind : "\"\(typed)\"")",
            at: node,
            hint: Suggestion.nearest(to: typed, in: words).map { "Did you mean \"\($0)\"?" }
        )
        return nil
    }

    private mutating func text(_ node: Node, called name: String, limit: Int) -> String {
        guard case .scalar(let scalar) = node else {
            report("\(name) must be text, not \(node.kind)", at: node)
            return ""
        }
        let text = scalar.string.trimmingWhitespace()
        if text.count > limit {
            report("\(name) has \(text.count) characters; \(limit) are allowed", at: node)
        }
        if text.unicodeScalars.contains("\0") { report("\(name) contains a NUL character", at: node) }
        return text
    }

    /// The name of `key` in messages.
    func name(_ key: String, in mapping: Mapping) -> String {
        mapping.place.isEmpty ? key : "\(key) of \(mapping.place)"
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}

extension Node {
    /// Whether the value is empty or `null`, which is the same as a missing key.
    fileprivate var isNull: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The kind of the value, for messages.
    var kind: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): isNull ? "nothing" : "the text \"\(scalar.string.prefix(40))\""
        case .alias: "an alias"
        }
    }
}

extension String {
    /// The text without white space and line ends at both ends.
    func trimmingWhitespace() -> String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
