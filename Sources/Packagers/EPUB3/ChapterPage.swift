/// The page of one chapter: its title and its segments, each in an element that the overlay refers to.
struct ChapterPage {
    let title: String
    let isCredits: Bool
    let segments: [String]
    let language: BookLanguage

    /// The id of a segment's element, by its place in the chapter from 0.
    static func segmentID(_ index: Int) -> String { "s\(index + 1)" }

    var document: XMLText {
        let heading = headingSegment
        var elements: [XMLText] = []
        if heading == nil { elements.append("<h1>\(title)</h1>") }
        for (index, text) in segments.enumerated() {
            elements.append(element(text, id: Self.segmentID(index), isHeading: index == heading))
        }
        let role: XMLText = isCredits ? "" : " epub:type=\"chapter\" role=\"doc-chapter\""
        return .page(
            title: title,
            language: language,
            stylesheet: "../\(EPUB3Paths.stylesheet)",
            body: "<section\(role)>\n\(XMLText.lines(elements))\n</section>"
        )
    }

    /// The index of the segment that uses the heading as its element. The first segment does if it is the title read
    /// aloud, which would otherwise appear twice. It also does if it has no text: it is then heard while the title is
    /// shown.
    private var headingSegment: Int? {
        func letters(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        guard let first = segments.first?.singleLine else { return nil }
        return first.isEmpty || (letters(first) == letters(title) && !letters(title).isEmpty) ? 0 : nil
    }

    /// One element for the whole segment. Blank lines in the text divide it into paragraphs inside the element.
    private func element(_ text: String, id: String, isHeading: Bool) -> XMLText {
        if isHeading {
            let spoken = text.singleLine
            return "<h1 id=\"\(id)\">\(spoken.isEmpty ? title : spoken)</h1>"
        }
        guard text.utf8.contains(UInt8(ascii: "\n")) else { return "<p id=\"\(id)\">\(text)</p>" }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let paragraphs = lines.split { $0.allSatisfy(\.isWhitespace) }.map { $0.joined(separator: "\n") }
        if paragraphs.count < 2 { return "<p id=\"\(id)\">\(paragraphs.first ?? "")</p>" }
        let inner = paragraphs.map { "<p>\($0)</p>" as XMLText }
        return "<div id=\"\(id)\">\n\(XMLText.lines(inner))\n</div>"
    }
}

extension XMLText {
    /// An XHTML page.
    ///
    /// - Parameter stylesheet: The stylesheet's path relative to the page.
    static func page(title: String, language: BookLanguage, stylesheet: String, body: XMLText) -> XMLText {
        """
        <!DOCTYPE html>
        <html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
        xml:lang="\(language.tag)" lang="\(language.tag)" dir="\(language.direction)">
        <head>
        <title>\(title)</title>
        <link rel="stylesheet" type="text/css" href="\(stylesheet)"/>
        </head>
        <body>
        \(body)
        </body>
        </html>
        """
    }
}
