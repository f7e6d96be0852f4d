/// The options in the text after `--packaging_opt`, separated by commas.
struct Options {
    /// The kinds of code.
    enum Emission: String {
        case values
        case server
        case client
        case list
    }

    /// The access level of a declaration.
    enum Access: String {
        case `public`
        case `package`
        case `internal`

        /// The modifier before the declaration.
        var modifier: String { self == .internal ? "" : rawValue + " " }
    }

    /// `emit=KIND`: the kind of code.
    var emission = Emission.values
    /// `c-module=NAME`: the C target that holds the structs.
    var cModule = ""
    /// `import=NAME`, which may be repeated: targets with the types that the code uses.
    var imports: [String] = []
    /// `access=WORD`: the access level of the messages.
    var access = Access.public
    /// `mapping=WORD`: the access level of the mapping to and from the C structs. It is `package` if messages of other
    /// targets have these messages as fields.
    var mapping = Access.internal
    /// `prefix=PACKAGE:PREFIX`, which may be repeated: the prefix of the Swift names of a package.
    var prefixes: [String: String] = [:]

    /// - Throws: ``GeneratorError`` if the text is not understood.
    init(_ text: String) throws(GeneratorError) {
        for option in text.split(separator: ",") {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw GeneratorError("\"\(option)\" is not OPTION=VALUE") }
            switch parts[0] {
            case "emit": emission = try Self.word(parts[1], of: option)
            case "c-module": cModule = parts[1]
            case "import": imports.append(parts[1])
            case "access": access = try Self.word(parts[1], of: option)
            case "mapping": mapping = try Self.word(parts[1], of: option)
            case "prefix":
                let pair = parts[1].split(separator: ":").map(String.init)
                guard pair.count == 2 else { throw GeneratorError("\"\(option)\" is not prefix=PACKAGE:PREFIX") }
                prefixes[pair[0]] = pair[1]
            default:
                throw GeneratorError("option \"\(option)\" is not known")
            }
        }
    }

    private static func word<Word: RawRepresentable<String>>(
        _ text: String,
        of option: Substring
    ) throws(GeneratorError) -> Word {
        guard let word = Word(rawValue: text) else {
            throw GeneratorError("\"\(option)\" has a value that is not known")
        }
        return word
    }
}
