extension String {
    /// The text in lines of at most `width` columns, broken at spaces. Lines after the first begin two columns further in. A
    /// word that is wider than a line stays whole, because users copy ids and paths.
    func wrapped(to width: Int) -> [String] {
        guard displayWidth > width else { return [self] }
        let indent = String(repeating: " ", count: prefix { $0 == " " }.count + 2)
        var lines: [String] = []
        var line = String(prefix { $0 == " " })
        // The spaces between the last word and the next one, which are dropped where a line is broken.
        var gap = ""
        var isEmpty = true
        for word in dropFirst(line.count).split(separator: " ", omittingEmptySubsequences: false) {
            if word.isEmpty {
                gap += " "
                continue
            }
            if !isEmpty, line.displayWidth + gap.count + word.displayWidth > width {
                lines.append(line)
                (line, gap) = (indent, "")
            }
            line += gap + word
            (gap, isEmpty) = (" ", false)
        }
        return lines + [line]
    }
}
