import Model
import Yams

// Turns the nodes of a parsed document into entries.
extension YAMLReader {
    /// The document's entry for each setting.
    func entries(_ root: Node) -> ConfigurationFile.Content {
        var content = ConfigurationFile.Content()
        guard case .mapping(let mapping) = root else {
            // A document that contains only comments and "---" is empty.
            if case .scalar(let scalar) = root, Self.isNull(scalar) { return content }
            let line = root.mark?.line ?? 1
            let reason = "is \(Self.kind(root)); expected lines such as \"log-level: info\""
            content.mistakes.append(ConfigurationMistake(path, line: line, reason))
            return content
        }
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            do throws(SettingFault) {
                content.entries.append(try entry(key, value, line: line))
            } catch {
                let name = key.scalar.map { Self.shortened($0.string) }
                content.mistakes.append(
                    ConfigurationMistake(path, line: error.line ?? line, setting: name, error.reason)
                )
            }
        }
        return content
    }

    private func entry(_ key: Node, _ value: Node, line: Int) throws(SettingFault) -> FileEntry {
        guard case .scalar(let name) = key else {
            throw SettingFault("has \(Self.kind(key)) for a key; expected the name of a setting")
        }
        guard let setting = Setting.named(name.string) else {
            if name.string == "<<" { throw SettingFault("merge keys are not supported: write the settings out") }
            let meant = Suggestion.setting(for: name.string).map { "; did you mean \"\($0)\"?" } ?? ""
            throw SettingFault("there is no such setting\(meant)")
        }
        try Self.checkPlain(value, after: line)
        switch value {
        case .scalar(let scalar):
            let scalar = try Self.scalar(scalar, line: line, expected: setting.expected)
            return FileEntry(setting: setting.name, line: line, value: .scalar(scalar))
        case .sequence(let items) where setting.isList:
            guard !items.isEmpty else { throw SettingFault("is an empty list; expected \(setting.expected)") }
            var scalars: [FileEntry.Scalar] = []
            for item in items {
                try Self.checkPlain(item, after: line)
                guard case .scalar(let scalar) = item else {
                    throw SettingFault("holds \(Self.kind(item)); expected \(setting.expected)", line: item.mark?.line)
                }
                scalars.append(try Self.scalar(scalar, line: line, expected: setting.expected))
            }
            return FileEntry(setting: setting.name, line: line, value: .list(scalars))
        default:
            throw SettingFault("is \(Self.kind(value)); expected \(setting.expected)", line: value.mark?.line)
        }
    }

    private static func scalar(
        _ scalar: Node.Scalar,
        line: Int,
        expected: String
    ) throws(SettingFault) -> FileEntry.Scalar {
        let here = scalar.mark?.line ?? line
        guard !isNull(scalar) else {
            throw SettingFault("has no value; expected \(expected), or no such line", line: here)
        }
        return FileEntry.Scalar(text: scalar.string, isQuoted: scalar.style != .plain, line: here)
    }

    /// Refuses aliases, anchors and unknown tags, because they give a value another meaning than its text.
    private static func checkPlain(_ node: Node, after line: Int) throws(SettingFault) {
        // The parser replaces an alias by the node that it names. That node keeps its own line, which comes before this
        // one.
        if let here = node.mark?.line, here < line {
            throw SettingFault("is an alias; anchors and aliases are not supported: write the value out")
        }
        if node.anchor != nil {
            throw SettingFault(
                "has an anchor; anchors and aliases are not supported: write the value out",
                line: node.mark?.line
            )
        }
        let tag = node.tag.description
        guard tag.hasPrefix("tag:yaml.org,2002:") else {
            throw SettingFault("has the tag \(shortened(tag)), which is not supported", line: node.mark?.line)
        }
    }

    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private static func kind(_ node: Node) -> String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar: "a single value"
        case .alias: "an alias"
        }
    }

    /// A key as it is quoted in messages. A key that a person would write is quoted completely; a very long one is cut
    /// off.
    private static func shortened(_ text: String) -> String {
        let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
        return line.count <= 60 ? line : line.prefix(60) + "…"
    }
}
