/// A JSON value that keeps the order of its members and is written with the same bytes on every host.
enum JSONText {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    /// Thousandths, written with three decimals, so that no floating-point number is ever printed.
    case thousandths(Int)
    case list([JSONText])
    /// Members in order; members without a value are left out.
    case object([(String, JSONText?)])

    /// The value as UTF-8, indented by two spaces a level, with a line feed at the end.
    var bytes: [UInt8] {
        var text = ""
        write(to: &text, indentation: "")
        return Array((text + "\n").utf8)
    }

    private func write(to text: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .text(let value): Self.quote(value, to: &text)
        case .integer(let value): text += String(value)
        case .boolean(let value): text += value ? "true" : "false"
        case .thousandths(let value):
            let fraction = String(value % 1000)
            text += "\(value / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
        case .list(let values):
            guard !values.isEmpty else { return text += "[]" }
            for (index, value) in values.enumerated() {
                text += (index == 0 ? "[\n" : ",\n") + inner
                value.write(to: &text, indentation: inner)
            }
            text += "\n\(indentation)]"
        case .object(let members):
            let present = members.compactMap { name, value in value.map { (name, $0) } }
            guard !present.isEmpty else { return text += "{}" }
            for (index, (name, value)) in present.enumerated() {
                text += (index == 0 ? "{\n" : ",\n") + inner
                Self.quote(name, to: &text)
                text += ": "
                value.write(to: &text, indentation: inner)
            }
            text += "\n\(indentation)}"
        }
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
