import Logging
import Model

/// The formats of log lines.
enum LogFormat: String, CaseIterable, Sendable {
    /// Time, level, sentence, then `key=value` pairs in the order of their keys.
    case text
    /// One JSON object: `time`, `level`, `logger`, `message`, and the facts beside them.
    case json
}

/// One line of the log. No value can break the line, or make it look like another line or like another field.
struct LogLine {
    var time: Instant
    var level: Logger.Level
    var label: String
    var message: String
    var facts: Logger.Metadata

    /// The most characters of a value that are written. A longer value was not meant to be logged.
    private static let longest = 4000

    /// The line without its line break.
    func text(as format: LogFormat) -> String {
        let facts = facts.sorted { $0.key < $1.key }
        switch format {
        case .text:
            var line = "\(time) \(level) \(label): \(Self.escaped(message))"
            for (key, value) in facts { line += " \(Self.word(key))=\(Self.word(Self.bounded(value)))" }
            return line
        case .json:
            let own = [("time", "\(time)"), ("level", "\(level)"), ("logger", label), ("message", message)]
            var members = own.map { "\"\($0)\":\(Self.quoted($1))" }
            for (key, value) in facts {
                // A fact whose key is a field that every line has gets another key, so that it cannot be mistaken for
                // that field.
                let key = own.contains { $0.0 == key } ? "_" + key : key
                members.append("\(Self.quoted(key)):\(Self.number(value) ?? Self.quoted(Self.bounded(value)))")
            }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    private static func bounded(_ value: Logger.MetadataValue) -> String {
        let text = "\(value)"
        return text.utf8.count <= longest ? text : "\(text.prefix(longest))…"
    }

    /// The number as JSON text, if the value is a number; else nil.
    private static func number(_ value: Logger.MetadataValue) -> String? {
        guard case .stringConvertible(let value) = value, let number = value as? Int else { return nil }
        return "\(number)"
    }

    /// A text in a line of the text format: in quotes if it would not be one word.
    private static func word(_ text: String) -> String {
        let isWord =
            !text.isEmpty && text.unicodeScalars.allSatisfy { isVisible($0) && $0 != " " && $0 != "\"" && $0 != "=" }
        return isWord ? text : quoted(text)
    }

    /// The text as a JSON string.
    private static func quoted(_ text: String) -> String { "\"" + escaped(text, quotes: true) + "\"" }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"" where quotes: escaped += "\\\""
            case "\\" where quotes: escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\t": escaped += "\\t"
            case _ where isVisible(scalar): escaped.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return escaped
    }

    /// Whether a character is visible, and does not disturb the lines and the terminal around it.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
        default: true
        }
    }
}
