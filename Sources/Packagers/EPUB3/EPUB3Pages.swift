/// The pages of a book that are not chapters, and its stylesheet.
struct EPUB3Pages {
    /// The class that readers give to the element that is being read aloud. The package document names it.
    static let activeClass = "-epub-media-overlay-active"

    /// The stylesheet of all pages. Kobo's reader on iOS uses the class `kobo-smil-highlight` instead of ``activeClass``.
    static let stylesheet = """
        body {
          margin: 5%;
          line-height: 1.5;
        }
        h1 {
          font-size: 1.4em;
          line-height: 1.2;
          margin: 1em 0;
        }
        p {
          margin: 0 0 0.6em;
        }
        .cover {
          margin: 0;
          text-align: center;
        }
        .cover img {
          max-width: 100%;
          max-height: 95vh;
        }
        .\(activeClass), .kobo-smil-highlight {
          background-color: #ffe9a8;
          color: #000000;
        }

        """

    let title: String
    let language: BookLanguage

    /// The page of the cover image.
    func cover(image: String) -> XMLText {
        .page(
            title: title,
            language: language,
            stylesheet: EPUB3Paths.stylesheet,
            body: "<div class=\"cover\" epub:type=\"cover\"><img src=\"\(image)\" alt=\"\(title)\"/></div>"
        )
    }

    /// The table of contents, and the landmarks that tell a reader where the book begins.
    ///
    /// All labels are texts of the book, so they are in its language.
    ///
    /// - Parameter start: The place of the chapter with which the book proper begins.
    func navigation(_ chapters: [(title: String, path: String)], start: Int, hasCover: Bool) -> XMLText {
        let entries = chapters.map { "<li><a href=\"\($0.path)\">\($0.title)</a></li>" as XMLText }
        var landmarks: [XMLText] = []
        if hasCover {
            landmarks.append("<li><a epub:type=\"cover\" href=\"\(EPUB3Paths.coverPage)\">\(title)</a></li>")
        }
        if chapters.indices.contains(start) {
            let (title, path) = chapters[start]
            landmarks.append("<li><a epub:type=\"bodymatter\" href=\"\(path)\">\(title)</a></li>")
        }
        return .page(
            title: title,
            language: language,
            stylesheet: EPUB3Paths.stylesheet,
            body: """
                <nav epub:type="toc" role="doc-toc" id="toc">
                <h1>\(title)</h1>
                <ol>
                \(XMLText.lines(entries))
                </ol>
                </nav>
                <nav epub:type="landmarks" id="landmarks" hidden="hidden">
                <ol>
                \(XMLText.lines(landmarks))
                </ol>
                </nav>
                """
        )
    }
}
