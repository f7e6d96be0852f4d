/// A value of JSON.
enum JSONValue: Sendable, Hashable {
    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// The value in `bytes`, which have to be one JSON text in UTF-8.
    ///
    /// Stricter than Foundation's reader: of two members with one name, some readers take the first and others the last, so
    /// a token could say one thing to its issuer and another to us. Here that is an error.
    init(parsing bytes: [UInt8]) throws(JSONFault) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw JSONFault("is not text in UTF-8") }
        var reader = JSONReader(bytes: bytes)
        self = try reader.document()
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }
    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }
    var list: [JSONValue]? {
        guard case .list(let list) = self else { return nil }
        return list
    }
    var object: [String: JSONValue]? {
        guard case .object(let object) = self else { return nil }
        return object
    }
}

/// Why bytes are not the JSON that was expected: the end of a sentence that names them. It quotes nothing.
struct JSONFault: Error, Hashable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Reads one JSON text (RFC 8259), whose bytes are known to be UTF-8.
private struct JSONReader {
    let bytes: [UInt8]
    private var place = 0

    /// What tokens and key sets need is less than half of it.
    private static let deepest = 16

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONFault) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard place == bytes.count else { throw Self.notJSON }
        return value
    }

    private static let notJSON = JSONFault("is not JSON")

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .truth(true))
        case UInt8(ascii: "f"): return try word("false", .truth(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
        try enter(depth)
        var members: [String: JSONValue] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            let name = try text()
            guard take(UInt8(ascii: ":")) else { throw Self.notJSON }
            guard members.updateValue(try value(depth: depth), forKey: name) == nil else {
                throw JSONFault("has two members with one name")
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw Self.notJSON }
        return .object(members)
    }

    private mutating func list(depth: Int) throws(JSONFault) -> JSONValue {
        try enter(depth)
        var values: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .list(values) }
        repeat { values.append(try value(depth: depth)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw Self.notJSON }
        return .list(values)
    }

    private mutating func enter(_ depth: Int) throws(JSONFault) {
        guard depth <= Self.deepest else { throw JSONFault("is nested more than \(Self.deepest) levels deep") }
        place += 1
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let letters = Array("\(word)".utf8)
        guard bytes[place...].starts(with: letters) else { throw Self.notJSON }
        place += letters.count
        return value
    }

    private mutating func number() throws(JSONFault) -> Double {
        let start = place
        _ = take(exactly: UInt8(ascii: "-"))
        if !take(exactly: UInt8(ascii: "0")) { try digits() }
        if take(exactly: UInt8(ascii: ".")) { try digits() }
        if take(exactly: UInt8(ascii: "e")) || take(exactly: UInt8(ascii: "E")) {
            if !take(exactly: UInt8(ascii: "+")) { _ = take(exactly: UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        guard let number = Double(text), number.isFinite else { throw Self.notJSON }
        return number
    }

    private mutating func digits() throws(JSONFault) {
        let start = place
        while let digit = peek(), (0x30...0x39).contains(digit) { place += 1 }
        guard place > start else { throw Self.notJSON }
    }

    private mutating func text() throws(JSONFault) -> String {
        guard take(exactly: UInt8(ascii: "\"")) else { throw Self.notJSON }
        var content: [UInt8] = []
        while let byte = peek() {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content += Array(String(try escaped()).utf8)
            case ..<0x20: throw Self.notJSON
            default: content.append(byte)
            }
        }
        throw Self.notJSON
    }

    private mutating func escaped() throws(JSONFault) -> Unicode.Scalar {
        guard let letter = peek() else { throw Self.notJSON }
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try scalar()
        default: throw Self.notJSON
        }
    }

    private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // One half of a pair (RFC 8259, section 7). Half a pair alone is no character.
        guard first < 0xDC00, take(exactly: UInt8(ascii: "\\")), take(exactly: UInt8(ascii: "u")) else {
            throw Self.notJSON
        }
        let second = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw Self.notJSON }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
        guard place + 4 <= bytes.count else { throw Self.notJSON }
        var value: UInt32 = 0
        for byte in bytes[place..<place + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Self.notJSON }
            value = value << 4 | UInt32(digit)
        }
        place += 4
        return value
    }

    private func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    /// Takes `byte`, and space before it.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        return take(exactly: byte)
    }

    private mutating func take(exactly byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        place += 1
        return true
    }
}
