/// The names of a proto file's declarations in Swift, and in the C that protoc-c generates from it.
///
/// A Swift name is the message's own name with the prefix that the command line gives for its package. If the name
/// already begins with the prefix, it is not repeated.
struct Names {
    private var swiftTypes: [String: String] = [:]

    /// - Parameter prefixes: The prefix of each package that has one.
    init(files: [ProtoFile], prefixes: [String: String]) {
        for file in files {
            let prefix = prefixes[file.package] ?? ""
            for declared in file.enums {
                swiftTypes[declared.fullName] = Self.prefixed(declared.name, prefix)
            }
            for message in file.messages { add(message, as: Self.prefixed(message.name, prefix)) }
        }
    }

    private mutating func add(_ message: ProtoMessage, as name: String) {
        swiftTypes[message.fullName] = name
        for nested in message.messages { add(nested, as: "\(name).\(nested.name)") }
        for nested in message.enums { swiftTypes[nested.fullName] = "\(name).\(nested.name)" }
    }

    private static func prefixed(_ name: String, _ prefix: String) -> String {
        name.hasPrefix(prefix) ? name : prefix + name
    }

    /// The Swift type of a message or an enum.
    func swiftType(_ fullName: String) throws(GeneratorError) -> String {
        guard let name = swiftTypes[fullName] else { throw GeneratorError("type \"\(fullName)\" is not known") }
        return name
    }
}

extension Names {
    // Words that Swift writes in capitals unless they begin a name.
    private static let capitals: [Substring: String] = ["id": "ID", "ids": "IDs", "url": "URL", "db": "DB"]

    private static let keywords: Set<String> = [
        "as", "break", "case", "catch", "class", "continue", "default", "defer", "do", "else", "enum", "extension",
        "fallthrough", "false", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let",
        "nil", "operator", "private", "protocol", "public", "repeat", "return", "self", "static", "struct", "super",
        "switch", "throw", "throws", "true", "try", "var", "where", "while",
    ]

    /// `download_url` as `downloadURL`.
    static func property(_ name: String) -> String {
        let words = name.split(separator: "_")
        let rest = words.dropFirst().map { capitals[$0] ?? capitalised($0) }
        return escaped((words.first.map(String.init) ?? "") + rest.joined())
    }

    /// The Swift name of a field: its JSON name if the proto file sets one, otherwise by ``property(_:)``.
    static func property(_ field: ProtoField) -> String {
        field.jsonName == lowerCamelCase(field.name) ? property(field.name) : escaped(field.jsonName)
    }

    /// `new_text` as `NewText`.
    static func type(_ name: String) -> String {
        name.split(separator: "_").map(capitalised).joined()
    }

    /// `GetJob` as `getJob`.
    static func method(_ name: String) -> String {
        escaped(name.prefix(1).lowercased() + name.dropFirst())
    }

    /// An enum value's name in lower case and without the enum's name: `downloading_audio`.
    static func word(_ value: ProtoEnum.Value, of declared: ProtoEnum) -> String {
        let prefix = snakeCase(declared.name) + "_"
        let name = value.name.lowercased()
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }

    private static func lowerCamelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return (words.first.map(String.init) ?? "") + words.dropFirst().map(capitalised).joined()
    }

    private static func capitalised(_ word: Substring) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    private static func escaped(_ name: String) -> String {
        keywords.contains(name) ? "`\(name)`" : name
    }
}

extension Names {
    /// The C type of a message or an enum: `Google__Rpc__Status`.
    static func cType(_ fullName: String) -> String {
        fullName.split(separator: ".").map { type(String($0)) }.joined(separator: "__")
    }

    /// The beginning of the C functions of a message: `google__rpc__status`.
    static func cFunction(_ fullName: String) -> String {
        fullName.split(separator: ".").map { snakeCase(String($0)) }.joined(separator: "__")
    }

    /// `AudioSpec` as `audio_spec`; a run of capitals counts as one word, as for protoc-c.
    private static func snakeCase(_ name: String) -> String {
        var result = ""
        var wasUpper = true
        for character in name {
            if character.isUppercase {
                if !wasUpper { result += "_" }
                result += character.lowercased()
            } else {
                result.append(character)
            }
            wasUpper = character.isUppercase
        }
        return result
    }
}
