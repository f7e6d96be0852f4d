/// An element of a small document, with what is in it.
package struct XMLElement: Sendable, Hashable {
    /// The name, without a prefix.
    package var name: String
    /// The elements directly in it, in their order.
    package var children: [XMLElement] = []
    /// The characters directly in it.
    package var text = ""

    /// The outermost element of a document; nil if the document cannot be read.
    package init?(document bytes: [UInt8]) {
        guard var scanner = try? XMLScanner(bytes) else { return nil }
        var open: [XMLElement] = []
        while true {
            guard let event = try? scanner.next() else { return nil }
            switch event {
            case .start(let name, _):
                open.append(XMLElement(name: name))
            case .text(let text):
                if !open.isEmpty { open[open.count - 1].text += text }
            case .end:
                guard let last = open.popLast() else { return nil }
                guard !open.isEmpty else {
                    self = last
                    return
                }
                open[open.count - 1].children.append(last)
            }
        }
    }

    /// Text as it stands in an element.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }

    private init(name: String) { self.name = name }

    /// The characters of the first child with a name; nil if there is none.
    package subscript(name: String) -> String? { children.first { $0.name == name }?.text }

    /// The children with a name.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}
