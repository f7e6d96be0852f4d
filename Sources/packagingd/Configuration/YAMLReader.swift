import Foundation
import Model
import Yams

/// Reads the YAML of a configuration file: a mapping of settings to values or lists of values.
///
/// It remembers the line of every value. After a mistake it goes on wherever it can tell where the next setting begins.
struct YAMLReader {
    /// The file's path, for mistakes.
    let path: String

    /// The entries in `bytes`, and all mistakes.
    func read(_ bytes: [UInt8]) -> ConfigurationFile.Content {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .init(mistakes: [mistake(Self.lineOfInvalid(bytes), "is not text in UTF-8")])
        }
        let controls = controlCharacters(in: text)
        guard controls.isEmpty else { return .init(mistakes: controls) }
        var document = YAMLLines(text)
        var content = ConfigurationFile.Content()
        content.mistakes = document.duplicates.map { mistake($0.line, $0.reason, setting: $0.setting) }
        content.mistakes += document.tabs.map { mistake($0, "is indented with a tab; expected spaces") }
        // A setting that cannot be parsed is removed, so that the other settings can be checked too.
        for _ in 0..<Self.mostSyntaxMistakes {
            do {
                let parser = try Parser(yaml: document.text, encoding: .utf8)
                let root = try parser.singleRoot()
                // The parser must stay alive while nodes are read, because nodes do not keep their anchors alive.
                let found = withExtendedLifetime(parser) { root.map(entries) }
                content.entries = found?.entries ?? []
                content.mistakes += found?.mistakes ?? []
                return content
            } catch let error as YamlError {
                let (line, reason) = Self.explain(error)
                content.mistakes.append(mistake(line, reason))
                guard document.removeBlock(around: line) else { return content }
            } catch {
                content.mistakes.append(ConfigurationMistake(path, "is not YAML"))
                return content
            }
        }
        return content
    }

    /// A file with this many syntax mistakes is not a configuration file.
    private static let mostSyntaxMistakes = 16

    private func mistake(_ line: Int, _ reason: String, setting: String? = nil) -> ConfigurationMistake {
        ConfigurationMistake(path, line: line, setting: setting, reason)
    }

    // MARK: Text

    /// The line of the first byte that is not UTF-8.
    private static func lineOfInvalid(_ bytes: ArraySlice<UInt8>) -> Int {
        var line = 1
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return line
    }

    /// Finds characters that YAML does not allow, because its parser does not report their line. Also finds line breaks
    /// that editors do not count as such.
    private func controlCharacters(in text: String) -> [ConfigurationMistake] {
        var mistakes: [ConfigurationMistake] = []
        var line = 1
        var last = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: line += 1
            case 0x09, 0x0D, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: break
            case 0x10000...0x10FFFF: break
            default:
                guard line != last else { continue }
                last = line
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                mistakes.append(mistake(line, "holds the character U+\(number), which has no place here"))
            }
        }
        return mistakes
    }

    /// The mistake that the parser found, with its line. The parser's own description is not used, because it quotes
    /// the line, which may contain a password.
    private static func explain(_ error: YamlError) -> (line: Int, reason: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if problem.contains("another document") { return (mark.line, "begins a second document; expected one") }
            // If something was never closed, the mistake is where it begins. That does not hold for a block, which
            // begins at the top of the file.
            let line = context.flatMap { $0.text.contains("block") ? nil : $0.mark.line } ?? mark.line
            let place = line == mark.line ? "" : " up to line \(mark.line)"
            return (line, "is not YAML: \(problem)\(place)")
        case .duplicatedKeysInMapping(_, let context):
            return (context.mark.line, "is not YAML: a key is given twice in one mapping")
        default:
            return (1, "is not YAML")
        }
    }
}
