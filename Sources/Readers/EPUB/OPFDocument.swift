import XML

/// The package document of an EPUB: the metadata, the list of files, and their order.
struct OPFDocument {
    /// One file that the package lists.
    struct Item {
        /// The member's name.
        var path: String
        /// Words such as `nav` and `cover-image`.
        var properties: [String]
        /// The id of its media overlay.
        var overlay: String?
        /// The duration in seconds that the package states for an overlay.
        var duration: Double?
    }

    private(set) var tags: [String: String] = [:]
    /// By id.
    private(set) var items: [String: Item] = [:]
    /// In reading order.
    private(set) var spine: [Item] = []
    /// Ids in the reading order that do not belong to any item.
    private(set) var danglingReferences: [String] = []
    /// The duration of the book in seconds that the package states.
    private(set) var duration: Double?

    init(_ bytes: [UInt8], at path: String) throws(ReaderError) {
        var scanner: DocumentScanner
        var references: [String] = []
        var durations: [String: Double] = [:]
        var element = ""
        var property = ""
        var refined = ""
        do throws(ReaderError) {
            scanner = try DocumentScanner(bytes)
            while let event = try scanner.next() {
                switch event {
                case .start(let name, let attributes):
                    element = name
                    property = attributes["property"] ?? ""
                    refined = attributes["refines"] ?? ""
                    if name == "item", let id = attributes["id"], let href = attributes["href"] {
                        items[id] = Item(
                            path: ArchivePath.resolve(href, from: path).file,
                            properties: attributes["properties"]?.split(separator: " ").map(String.init) ?? [],
                            overlay: attributes["media-overlay"]
                        )
                    } else if name == "itemref" {
                        references.append(attributes["idref"] ?? "")
                    }
                case .end: element = ""
                case .text(let text):
                    if element == "meta", property == "media:duration" {
                        durations[refined] = SMILClock.seconds(text)
                    } else {
                        read(text, of: element, property)
                    }
                }
            }
        } catch {
            throw ReaderError("its package document \(error.reason)")
        }
        for (reference, seconds) in durations {
            if reference.isEmpty {
                duration = seconds
            } else {
                items[String(reference.dropFirst())]?.duration = seconds
            }
        }
        for reference in references {
            if let item = items[reference] { spine.append(item) } else { danglingReferences.append(reference) }
        }
    }

    private mutating func read(_ text: String, of element: String, _ property: String) {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !words.isEmpty else { return }
        func set(_ tag: String, _ value: String) { if tags[tag] == nil { tags[tag] = value } }
        switch (element, property) {
        case ("title", _): set("title", words)
        case ("creator", _): set("author", words)
        case ("meta", "media:narrator"): set("narrator", words)
        case ("identifier", _), ("source", _):
            if words.lowercased().hasPrefix("urn:isbn:") { set("isbn", String(words.dropFirst(9))) }
        default: break
        }
    }
}

/// References from one member to another.
enum ArchivePath {
    /// The member that `reference` in the document at `base` refers to, and the reference's fragment.
    static func resolve(_ reference: String, from base: String) -> (file: String, fragment: String) {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        var folders = base.split(separator: "/").dropLast().map(String.init)
        let target = decoded(parts.first ?? "")
        if target.isEmpty { return (base, parts.count > 1 ? decoded(parts[1]) : "") }
        for part in target.split(separator: "/") where part != "." {
            if part == ".." { _ = folders.popLast() } else { folders.append(String(part)) }
        }
        return (folders.joined(separator: "/"), parts.count > 1 ? decoded(parts[1]) : "")
    }

    /// Decodes percent escapes such as `%20`.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
