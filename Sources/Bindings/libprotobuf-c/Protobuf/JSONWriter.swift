/// Writes JSON on one line, from front to back.
///
/// The caller must keep the order of JSON: within an object each key comes before its value, and each begin has an end.
public struct JSONWriter {
    private var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty text.
    public init() {}

    /// What was written.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Begins an object.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Ends the object begun last.
    public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Begins a list.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Ends the list begun last.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes the key of the value that follows.
    public mutating func key(_ key: String) {
        value(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    public mutating func value(_ string: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case UInt8(ascii: "\r"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case UInt8(ascii: "\t"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20, 0x7f:
                let hex = String(byte, radix: 16)
                bytes += "\\u00\(hex.count == 1 ? "0" : "")\(hex)".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a truth value.
    public mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

    /// Writes a whole number with all its digits.
    public mutating func value(_ number: some BinaryInteger) { literal(String(number)) }

    /// Writes a number: a whole one below 2⁵³ without a fraction, every other one in the shortest form that reads back the
    /// same. Infinities and not-a-number, which JSON does not have, are written as null.
    public mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        let isExact = number.magnitude < 0x1p53
        if isExact, number == Double(Int64(number)) { return value(Int64(number)) }
        literal("\(number)")
    }

    /// Writes bytes in Base64.
    public mutating func value(_ data: [UInt8]) { value(base64(data)) }

    /// Writes the word of an enum, or the number where it has none.
    public mutating func value(_ value: some WireEnum) {
        if let word = value.word { self.value(word) } else { self.value(value.rawValue) }
    }

    /// Writes a message.
    public mutating func value(_ message: some WireMessage) { message.writeJSON(to: &self) }

    /// Writes null.
    public mutating func null() { literal("null") }

    private mutating func literal(_ text: String) {
        separate()
        bytes += text.utf8
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}

/// Base64 with padding, by RFC 4648.
private func base64(_ data: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((data.count + 2) / 3 * 4)
    for start in stride(from: 0, to: data.count, by: 3) {
        let group = data[start..<min(start + 3, data.count)]
        let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
        for place in 0..<4 {
            let index = Int(bits >> (18 - 6 * UInt32(place)) & 0x3f)
            text.append(place <= group.count ? alphabet[index] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}
