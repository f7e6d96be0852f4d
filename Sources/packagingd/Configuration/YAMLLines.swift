/// The lines of a configuration file. Some of them are emptied, so that the parser can read the others.
struct YAMLLines {
    /// A setting that is set a second time.
    struct Duplicate {
        var setting: String
        var line: Int
        var reason: String
    }

    /// Matches a key at the start of a line, with or without quotes.
    private static var key: Regex<(Substring, Substring, Substring)> { #/(["']?)([A-Za-z0-9_-]+)\1\s*:(?:\s|$)/# }

    private var lines: [String]
    /// The indices of the lines where a top-level setting or a document begins.
    private var starts: [Int] = []
    /// Settings that are set a second time. Their lines are emptied at once, because the parser accepts no key twice.
    private(set) var duplicates: [Duplicate] = []
    /// The numbers of the lines whose indentation contains a tab. Each tab of such a line is read as two spaces; a line
    /// with a key is emptied instead.
    private(set) var tabs: [Int] = []

    init(_ text: String) {
        // In Swift, CR LF is one character. A CR alone ends a line too.
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(
            String.init
        )
        var first: [Substring: Int] = [:]
        for (index, line) in lines.enumerated() {
            let indentation = line.prefix { $0 == " " || $0 == "\t" }
            let rest = line.dropFirst(indentation.count)
            if indentation.contains("\t"), let next = rest.first, next != "#" {
                tabs.append(index + 1)
                // An indented setting would be read as a part of the setting above, so its line is emptied.
                lines[index] = rest.prefixMatch(of: Self.key) == nil ? line.replacing("\t", with: "  ") : ""
            }
            if line.hasPrefix("---") || line.hasPrefix("...") { starts.append(index) }
            guard let key = line.prefixMatch(of: Self.key)?.2 else { continue }
            starts.append(index)
            guard let earlier = first[key] else {
                first[key] = index + 1
                continue
            }
            let reason = "is set again; line \(earlier) sets it first"
            duplicates.append(Duplicate(setting: String(key), line: index + 1, reason: reason))
        }
        for duplicate in duplicates { removeBlock(around: duplicate.line) }
    }

    /// The text, with as many lines as before.
    var text: String { lines.joined(separator: "\n") }

    /// Empties all lines of the setting that contains `line`.
    ///
    /// - Returns: Whether there was anything left to empty.
    @discardableResult
    mutating func removeBlock(around line: Int) -> Bool {
        let index = min(max(0, line - 1), lines.count - 1)
        let place = starts.partitioningIndex { $0 > index }
        let start = place > 0 ? starts[place - 1] : 0
        let end = place < starts.count ? starts[place] : lines.count
        guard lines[start..<end].contains(where: { !$0.isEmpty }) else { return false }
        for index in start..<end { lines[index] = "" }
        return true
    }
}

extension [Int] {
    /// The first index whose element fulfils `predicate`. All elements after it must fulfil it too.
    fileprivate func partitioningIndex(_ predicate: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
