internal import Model

/// The package document: the book's metadata, its files, and their reading order.
struct PackageDocument {
    /// One chapter's files and how long it is read aloud.
    struct Chapter {
        var number: String
        var milliseconds: Int
    }

    let book: BookMetadata
    let title: String
    let language: BookLanguage
    /// The identifier of exactly this content.
    let uuid: String
    let cover: Cover?
    let chapters: [Chapter]

    var document: XMLText {
        """
        <package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="identifier" \
        xml:lang="\(language.tag)" dir="\(language.direction)">
        <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
        \(XMLText.lines(identifiers + names + facts + overlays + accessibility))
        </metadata>
        <manifest>
        \(XMLText.lines(items))
        </manifest>
        <spine\(language.isRightToLeft ? " page-progression-direction=\"rtl\"" : "" as XMLText)>
        \(XMLText.lines(spine))
        </spine>
        </package>
        """
    }

    // MARK: Metadata

    /// The UUID, and the ISBN if there is one. With the fixed time of modification, the UUID distinguishes one state of
    /// a book from another.
    private var identifiers: [XMLText] {
        let uuid = "urn:uuid:\(uuid)"
        let modified: XMLText = "<meta property=\"dcterms:modified\">1980-01-01T00:00:00Z</meta>"
        guard let isbn = book.isbn.flatMap(ISBN.init) else {
            return ["<dc:identifier id=\"identifier\">\(uuid)</dc:identifier>", modified]
        }
        return [
            "<dc:identifier id=\"identifier\">urn:isbn:\(isbn.digits)</dc:identifier>",
            "<dc:identifier>\(uuid)</dc:identifier>",
            modified,
        ]
    }

    /// Title, subtitle, authors, narrators and series.
    private var names: [XMLText] {
        var lines: [XMLText] = [
            "<dc:title id=\"title\">\(title)</dc:title>",
            "<meta refines=\"#title\" property=\"title-type\">main</meta>",
        ]
        if let subtitle = text(book.subtitle) {
            lines.append("<dc:title id=\"subtitle\">\(subtitle)</dc:title>")
            lines.append("<meta refines=\"#subtitle\" property=\"title-type\">subtitle</meta>")
        }
        for (index, author) in book.authors.compactMap(text).enumerated() {
            lines.append("<dc:creator id=\"author-\(index + 1)\">\(author)</dc:creator>")
            lines.append("<meta refines=\"#author-\(index + 1)\" property=\"role\" scheme=\"marc:relators\">aut</meta>")
        }
        for (index, narrator) in narrators.enumerated() {
            lines.append("<dc:contributor id=\"narrator-\(index + 1)\">\(narrator)</dc:contributor>")
            lines.append(
                "<meta refines=\"#narrator-\(index + 1)\" property=\"role\" scheme=\"marc:relators\">nrt</meta>"
            )
        }
        if let series = text(book.series) {
            lines.append("<meta property=\"belongs-to-collection\" id=\"series\">\(series)</meta>")
            lines.append("<meta refines=\"#series\" property=\"collection-type\">series</meta>")
        }
        return lines
    }

    private var facts: [XMLText] {
        var lines: [XMLText] = ["<dc:language>\(language.tag)</dc:language>"]
        if let publisher = text(book.publisher) { lines.append("<dc:publisher>\(publisher)</dc:publisher>") }
        if let description = text(book.shownDescription) {
            lines.append("<dc:description>\(description)</dc:description>")
        }
        if let copyright = text(book.copyright) { lines.append("<dc:rights>\(copyright)</dc:rights>") }
        if let year = book.year, (1000...9999).contains(year) { lines.append("<dc:date>\(year)</dc:date>") }
        // EPUB 2's way to name the cover. Kobo requires it in addition to EPUB 3's property.
        if cover != nil { lines.append("<meta name=\"cover\" content=\"cover-image\"/>") }
        return lines
    }

    /// EPUB 3.3 §9.3.5: the length of each overlay, and the total length, which is their sum.
    private var overlays: [XMLText] {
        let total = chapters.reduce(0) { $0 + $1.milliseconds }
        var lines: [XMLText] = ["<meta property=\"media:duration\">\(MediaOverlay.seconds(total))</meta>"]
        for chapter in chapters {
            let length = MediaOverlay.seconds(chapter.milliseconds)
            lines.append("<meta refines=\"#overlay-\(chapter.number)\" property=\"media:duration\">\(length)</meta>")
        }
        lines += narrators.map { "<meta property=\"media:narrator\">\($0)</meta>" }
        lines.append("<meta property=\"media:active-class\">\(EPUB3Pages.activeClass)</meta>")
        return lines
    }

    private var accessibility: [XMLText] {
        [
            ("accessMode", "textual"), ("accessMode", "auditory"), ("accessModeSufficient", "textual"),
            ("accessModeSufficient", "auditory"), ("accessibilityFeature", "synchronizedAudioText"),
            ("accessibilityFeature", "tableOfContents"), ("accessibilityHazard", "none"),
        ].map { name, value in "<meta property=\"schema:\(name)\">\(value)</meta>" }
    }

    private var narrators: [String] { book.narrators.compactMap(text) }

    /// The text; nil if nothing of it can be shown, because no element may be empty.
    private func text(_ value: String?) -> String? {
        guard let line = value?.singleLine, !line.isEmpty else { return nil }
        return line
    }

    // MARK: Files

    private var items: [XMLText] {
        let xhtml = "application/xhtml+xml"
        var items = [
            item("nav", EPUB3Paths.navigation, xhtml, more: " properties=\"nav\""),
            item("style", EPUB3Paths.stylesheet, "text/css"),
        ]
        if let cover {
            items.append(item("cover", EPUB3Paths.coverPage, xhtml))
            items.append(
                item("cover-image", cover.fileName, cover.format.mediaType, more: " properties=\"cover-image\"")
            )
        }
        for chapter in chapters {
            let number = chapter.number
            let overlay: XMLText = " media-overlay=\"overlay-\(number)\""
            items.append(item("chapter-\(number)", EPUB3Paths.text(number), xhtml, more: overlay))
            items.append(item("overlay-\(number)", EPUB3Paths.overlay(number), "application/smil+xml"))
            items.append(item("audio-\(number)", EPUB3Paths.audio(number), "audio/mpeg"))
        }
        items.append(item("manifest", EPUB3Paths.manifest, "application/json"))
        return items
    }

    private func item(_ id: String, _ path: String, _ mediaType: String, more: XMLText = "") -> XMLText {
        "<item id=\"\(id)\" href=\"\(path)\" media-type=\"\(mediaType)\"\(more)/>"
    }

    private var spine: [XMLText] {
        let ids = (cover == nil ? [] : ["cover"]) + chapters.map { "chapter-\($0.number)" }
        return ids.map { "<itemref idref=\"\($0)\"/>" }
    }
}
