/// A run of XML 1.0 that is built from literals and values.
///
/// Literals are markup. Interpolated values are text and are escaped, so that no value can end a tag or an attribute.
/// Another `XMLText` is interpolated as it is.
struct XMLText: ExpressibleByStringInterpolation, Sendable, Hashable {
    private(set) var text: String

    init(stringLiteral value: String) {
        text = value
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// The file as UTF-8, with the XML declaration at the front and a line feed at the end.
    var file: [UInt8] { Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(text)\n".utf8) }

    /// The lines, joined in order.
    static func lines(_ lines: some Sequence<XMLText>) -> XMLText {
        var all: XMLText = ""
        all.text = lines.lazy.map(\.text).joined(separator: "\n")
        return all
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text: String

        init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        mutating func appendInterpolation(_ value: some StringProtocol) {
            // Most texts need no escaping. For bytes beyond ASCII, the whole character must be looked at.
            if value.utf8.allSatisfy({ XMLText.isPlain($0) }) {
                text += value
                return
            }
            for scalar in value.unicodeScalars where XMLText.isAllowed(scalar) {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                // A reader would turn a plain carriage return into a line feed, so a line feed is written at once.
                case "\r": text += "\n"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }

        mutating func appendInterpolation(_ value: Int) {
            text += String(value)
        }

        mutating func appendInterpolation(_ value: XMLText) {
            text += value.text
        }
    }

    /// Whether a byte of UTF-8 is a character that needs no escaping: all of ASCII except controls and the characters
    /// that are escaped.
    fileprivate static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""): false
        default: (0x20..<0x7F).contains(byte)
        }
    }

    /// Whether both XML 1.0 and HTML allow a character in text. Controls except tab and line ends are not allowed, and
    /// neither are the characters that Unicode calls noncharacters.
    static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0..<0x20, 0x7F..<0xA0, 0xFDD0...0xFDEF: false
        default: scalar.value & 0xFFFE != 0xFFFE
        }
    }
}

extension String {
    /// The text on one line. Each run of white space becomes one space, white space at both ends is removed, and so are
    /// characters that XML does not allow.
    var singleLine: String {
        let allowed = String.UnicodeScalarView(unicodeScalars.filter(XMLText.isAllowed))
        return String(allowed).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
