/// Reads XML 1.0 as EPUBs and services have it, piece by piece: elements, attributes and text.
///
/// Nothing outside the document is ever read: no entity is defined, and no document type is loaded. Namespaces are
/// ignored: a name is the part after the colon.
package struct XMLScanner {
    /// One piece of the document.
    package enum Event {
        /// A start tag. For an element without content, ``end`` follows at once.
        case start(String, [String: String])
        /// The end of the element that began last and has not ended.
        case end
        /// Characters between tags, in one run or several.
        case text(String)
    }

    private static let deepest = 200
    private static let mostAttributes = 100

    private let bytes: [UInt8]
    private var index = 0
    private var open: [String] = []
    /// Whether the last start tag belongs to an element without content.
    private var endsAtOnce = false

    /// A scanner at the beginning of `bytes`.
    ///
    /// - Throws: ``XMLError`` if it is not UTF-8.
    package init(_ bytes: [UInt8]) throws(XMLError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw XMLError("is not UTF-8") }
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// The next piece; nil at the end of the document.
    ///
    /// - Throws: ``XMLError`` where the document is not well formed, is nested too deeply, or defines entities.
    package mutating func next() throws(XMLError) -> Event? {
        if endsAtOnce {
            endsAtOnce = false
            open.removeLast()
            return .end
        }
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<") else { return .text(text(upTo: UInt8(ascii: "<"))) }
            if skip("<!--", "-->") || skip("<?", "?>") { continue }
            if starts(with: "<![CDATA[") {
                let start = index + 9
                guard skip("<![CDATA[", "]]>") else { throw broken }
                return .text(String(decoding: bytes[start..<index - 3], as: UTF8.self))
            }
            if starts(with: "<!") {
                // A document type may only name itself. One with definitions is not read.
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: ">")),
                    !bytes[index..<end].contains(UInt8(ascii: "["))
                else { throw XMLError("defines entities, which are not read") }
                index = end + 1
                continue
            }
            return starts(with: "</") ? try endTag() : try startTag()
        }
        guard open.isEmpty else { throw broken }
        return nil
    }

    private mutating func endTag() throws(XMLError) -> Event {
        index += 2
        let name = self.name()
        skipSpace()
        guard take(">"), open.last == name else { throw broken }
        open.removeLast()
        return .end
    }

    private mutating func startTag() throws(XMLError) -> Event {
        index += 1
        let name = self.name()
        guard !name.isEmpty, open.count < Self.deepest else { throw broken }
        var attributes: [String: String] = [:]
        while true {
            skipSpace()
            if take(">") { break }
            if take("/") {
                guard take(">") else { throw broken }
                endsAtOnce = true
                break
            }
            let attribute = self.name()
            skipSpace()
            guard !attribute.isEmpty, attributes.count < Self.mostAttributes, take("=") else { throw broken }
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") else {
                throw broken
            }
            let quote = bytes[index]
            index += 1
            let value = text(upTo: quote)
            guard index < bytes.count else { throw broken }
            index += 1
            attributes[Self.local(attribute)] = value
        }
        open.append(name)
        return .start(Self.local(name), attributes)
    }

    // MARK: Bytes

    private var broken: XMLError { XMLError("is not well-formed XML at byte \(index)") }

    private static func local(_ name: String) -> String {
        name.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? name
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { unsafe bytes[index...].starts(with: $0) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func name() -> String {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            let isOrdinary = byte >= 0x80 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
            guard isOrdinary || byte >= 0x2D && byte <= 0x3A && byte != 0x2F || byte == 0x5F else { break }
            index += 1
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Skips from `start` to after `end`, if `start` is at this position and `end` follows.
    private mutating func skip(_ start: StaticString, _ end: StaticString) -> Bool {
        guard starts(with: start) else { return false }
        let count = end.utf8CodeUnitCount
        var place = index + start.utf8CodeUnitCount
        while place <= bytes.count - count {
            if end.withUTF8Buffer({ unsafe bytes[place...].starts(with: $0) }) {
                index = place + count
                return true
            }
            place += 1
        }
        return false
    }

    private mutating func text(upTo end: UInt8) -> String {
        let start = index
        index = bytes[start...].firstIndex(of: end) ?? bytes.count
        let raw = String(decoding: bytes[start..<index], as: UTF8.self)
        return raw.contains("&") ? Self.resolved(raw) : raw
    }

    /// The text with XML's five entities and numeric references replaced. Other entities stay unchanged.
    private static func resolved(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            guard let end = rest.prefix(12).firstIndex(of: ";"), let character = character(rest[..<end].dropFirst())
            else {
                result += "&"
                rest = rest.dropFirst()
                continue
            }
            result += character
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(_ entity: Substring) -> String? {
        let known = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        if let text = known[String(entity)] { return text }
        guard entity.hasPrefix("#") else { return nil }
        let digits = entity.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
}

/// Why a document cannot be read.
package struct XMLError: Error, Sendable, Hashable {
    /// What is wrong: the end of a sentence that names the document.
    package var reason: String

    /// An error.
    package init(_ reason: String) { self.reason = reason }
}
