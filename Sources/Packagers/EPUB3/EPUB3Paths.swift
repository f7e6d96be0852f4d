internal import Model

/// The paths of all files in an EPUB. No name contains a title, because systems differ in the characters that they
/// allow.
enum EPUB3Paths {
    /// The root folder, to which all other paths are relative.
    static let root = "EPUB/"
    static let package = "package.opf"
    static let navigation = "nav.xhtml"
    static let stylesheet = "style.css"
    static let coverPage = "cover.xhtml"
    static let manifest = "manifest.json"

    /// The number of the chapter `index`, counted from 0, of `count`. All numbers have as many digits as the last one,
    /// and at least two.
    static func number(_ index: Int, of count: Int) -> String {
        let digits = String(index + 1)
        return String(repeating: "0", count: max(0, max(2, String(count).count) - digits.count)) + digits
    }

    static func text(_ number: String) -> String { "text/chapter-\(number).xhtml" }
    static func overlay(_ number: String) -> String { "overlays/chapter-\(number).smil" }
    static func audio(_ number: String) -> String { "audio/chapter-\(number).mp3" }
}
