/// The lines of a configuration file, some of which are left empty so that the parser gets through the others.
struct YAMLLines {
    /// A setting that is given again.
    struct Duplicate {
        var setting: String
        var line: Int
        var reason: String
    }

    /// A key at the start of a line, in quotes or without.
    private static var key: Regex<(Substring, Substring, Substring)> { #/(["']?)([A-Za-z0-9_-]+)\1\s*:(?:\s|$)/# }

    private var lines: [String]
    /// Where each setting of the top begins, as an index.
    private var starts: [Int] = []
    /// Settings that are given again. Their lines are empty from the start, as the parser takes no key twice.
    private(set) var duplicates: [Duplicate] = []
    /// Lines that begin with a tab, which are read as if it were spaces.
    private(set) var tabs: [Int] = []

    init(_ text: String) {
        // CR LF is one character, and a CR alone ends a line too.
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(
            String.init
        )
        var first: [Substring: Int] = [:]
        for (index, line) in lines.enumerated() {
            let indentation = line.prefix { $0 == " " || $0 == "\t" }
            let rest = line.dropFirst(indentation.count)
            if indentation.contains("\t"), let next = rest.first, next != "#" {
                tabs.append(index + 1)
                // A setting that is indented would only be taken for a part of the one above.
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

    /// Empties the setting that stands around `line`, with all its lines.
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
    /// The first index whose element fulfils `predicate`, in an array in which all elements after it do.
    fileprivate func partitioningIndex(_ predicate: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
