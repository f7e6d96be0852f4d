internal import Model

/// Where everything lies in an EPUB. Titles are in no name: readers on other systems would have to agree on them.
enum EPUB3Paths {
    /// The folder that all else is seen from.
    static let root = "EPUB/"
    static let package = "package.opf"
    static let navigation = "nav.xhtml"
    static let stylesheet = "style.css"
    static let coverPage = "cover.xhtml"
    static let manifest = "manifest.json"

    /// The number of a chapter from 0 of `count`, as wide as the last one has it and never below two digits.
    static func number(_ index: Int, of count: Int) -> String {
        let digits = String(index + 1)
        return String(repeating: "0", count: max(0, max(2, String(count).count) - digits.count)) + digits
    }

    static func text(_ number: String) -> String { "text/chapter-\(number).xhtml" }
    static func overlay(_ number: String) -> String { "overlays/chapter-\(number).smil" }
    static func audio(_ number: String) -> String { "audio/chapter-\(number).mp3" }
}
