/// Generates the Swift values of a proto file, their mapping to and from the C structs, their JSON, and a table of
/// methods for each service.
struct ValuesGenerator {
    let schema: Schema
    let file: ProtoFile
    let options: Options

    /// The modifier of each declaration that is meant for users of the messages.
    var access: String { options.access.modifier }

    /// Messages whose JSON is written by hand, because it is not an object.
    static let handWrittenJSON: Set<String> = [
        "google.protobuf.Timestamp", "google.protobuf.Duration", "khipu.packaging.v1.Scalar",
    ]

    func generate() throws(GeneratorError) -> [Request.Output] {
        var text = SwiftText()
        text.header(of: file)
        if !file.messages.isEmpty { text.line("\(options.mapping.modifier)import \(options.cModule)") }
        for name in options.imports { text.line("\(access)import \(name)") }
        for declared in file.enums {
            text.line()
            try enumeration(declared, &text)
        }
        for message in file.messages {
            text.line()
            try structure(message, &text)
            try extensions(message, &text)
        }
        for service in file.services {
            text.line()
            try methods(service, &text)
        }
        return [Request.Output(name: file.swiftName(".swift"), text: text.text)]
    }

    private func extensions(_ message: ProtoMessage, _ text: inout SwiftText) throws(GeneratorError) {
        guard !message.isMapEntry else { return }
        text.line()
        try mapping(message, &text)
        if !Self.handWrittenJSON.contains(message.fullName) {
            text.line()
            try json(message, &text)
        }
        for nested in message.messages { try extensions(nested, &text) }
    }
}

extension ValuesGenerator {
    private func structure(_ message: ProtoMessage, _ text: inout SwiftText) throws(GeneratorError) {
        let name = try schema.names.swiftType(message.fullName)
        text.documentation(message.comment, fallback: schema.role(of: message))
        try text.block("\(access)struct \(name.lastComponent): WireMessage, DescribedMessage") {
            text throws(GeneratorError) in
            for declared in message.enums {
                try enumeration(declared, &text)
                text.line()
            }
            for nested in message.messages where !nested.isMapEntry {
                try structure(nested, &text)
                text.line()
            }
            for (index, oneof) in message.oneofs.enumerated() {
                try choice(oneof, message.fields.filter { $0.oneof == index }, &text)
                text.line()
            }
            var properties: [(name: String, type: String, value: String)] = []
            var seen: Set<Int> = []
            for field in message.fields {
                if let index = field.oneof {
                    guard seen.insert(index).inserted else { continue }
                    let oneof = message.oneofs[index]
                    text.documentation(oneof.comment, fallback: "Which of the fields of `\(oneof.name)` is set.")
                    properties.append((Names.property(oneof.name), "\(Names.type(oneof.name))?", "nil"))
                } else {
                    text.documentation(field.comment, fallback: "Field \(field.number), `\(field.name)`.")
                    let (type, value) = try storage(field)
                    properties.append((Names.property(field), type, value))
                }
                let property = properties[properties.count - 1]
                let value = property.value == "nil" ? "" : " = \(property.value)"
                text.line("\(access)var \(property.name): \(property.type)\(value)")
            }
            if !properties.isEmpty { text.line() }
            text.line("/// The message with every field at its default.")
            text.line("\(access)init() {}")
            guard !properties.isEmpty else { return }
            text.line()
            text.line("/// The message with the fields that are given; the others have their default.")
            let parameters = properties.map { "\($0.name): \($0.type) = \($0.value)" }.joined(separator: ", ")
            try text.block("\(access)init(\(parameters))") { text in
                for property in properties { text.line("self.\(property.name.unescaped) = \(property.name)") }
            }
        }
    }

    private func choice(
        _ oneof: ProtoOneof,
        _ fields: [ProtoField],
        _ text: inout SwiftText
    ) throws(GeneratorError) {
        text.line("/// The fields of `\(oneof.name)`, of which one at most is set.")
        try text.block("\(access)enum \(Names.type(oneof.name)): Sendable, Hashable") { text throws(GeneratorError) in
            for field in fields {
                text.documentation(field.comment, fallback: "Field \(field.number), `\(field.name)`.")
                try text.line("case \(Names.property(field))(\(elementType(field)))")
            }
        }
    }

    private func enumeration(_ declared: ProtoEnum, _ text: inout SwiftText) throws(GeneratorError) {
        let words = declared.values.map { Names.word($0, of: declared) }
        let cases = words.map { Names.property($0) }
        let name = try schema.names.swiftType(declared.fullName)
        text.documentation(declared.comment, fallback: "The enum `\(declared.fullName)`.")
        try text.block("\(access)enum \(name.lastComponent): WireEnum") { text throws(GeneratorError) in
            for (value, name) in zip(declared.values, cases) {
                text.documentation(value.comment, fallback: "Value \(value.number), `\(value.name)`.")
                text.line("case \(name)")
            }
            text.line("/// A number that this build does not know.")
            text.line("case unrecognized(Int32)")
            text.line()
            text.line("/// The value with this number; never fails.")
            try text.block("\(access)init(rawValue: Int32)") { text throws(GeneratorError) in
                text.line("switch rawValue {")
                for (value, name) in zip(declared.values, cases) { text.line("case \(value.number): self = .\(name)") }
                text.line("default: self = .unrecognized(rawValue)")
                text.line("}")
            }
            text.line()
            text.line("/// The number on the wire.")
            try text.block("\(access)var rawValue: Int32") { text throws(GeneratorError) in
                text.line("switch self {")
                for (value, name) in zip(declared.values, cases) { text.line("case .\(name): \(value.number)") }
                text.line("case .unrecognized(let rawValue): rawValue")
                text.line("}")
            }
            text.line()
            text.line("/// The value's name in lower case and without the enum's; nil for a number that is not known.")
            try text.block("\(access)var word: String?") { text throws(GeneratorError) in
                text.line("switch self {")
                for (word, name) in zip(words, cases) { text.line("case .\(name): \"\(word)\"") }
                text.line("case .unrecognized: nil")
                text.line("}")
            }
        }
    }

    private func methods(_ service: ProtoService, _ text: inout SwiftText) throws(GeneratorError) {
        text.line("/// The methods of `\(service.fullName)`.")
        try text.block("package enum \(service.name)Methods") { text throws(GeneratorError) in
            for (index, method) in service.methods.enumerated() {
                if index > 0 { text.line() }
                let input = try schema.names.swiftType(method.input)
                let output = try schema.names.swiftType(method.output)
                text.documentation(method.comment, fallback: "The method `\(method.name)`.")
                text.line("package static let \(Names.method(method.name)) = Method<\(input), \(output)>(")
                text.line(
                    "    service: \"\(service.fullName)\", name: \"\(method.name)\", kind: .\(method.kind.rawValue))"
                )
            }
        }
    }
}

extension ValuesGenerator {
    /// The Swift type of one value of a field.
    func elementType(_ field: ProtoField) throws(GeneratorError) -> String {
        switch field.kind {
        case .double: "Double"
        case .float: "Float"
        case .int64, .sfixed64, .sint64: "Int64"
        case .uint64, .fixed64: "UInt64"
        case .int32, .sfixed32, .sint32: "Int32"
        case .uint32, .fixed32: "UInt32"
        case .bool: "Bool"
        case .string: "String"
        case .bytes: "[UInt8]"
        case .message, .enumeration: try schema.names.swiftType(field.typeName)
        case .group: throw GeneratorError("groups are not supported")
        }
    }

    /// The type and the default of a field's property.
    private func storage(_ field: ProtoField) throws(GeneratorError) -> (type: String, value: String) {
        if let (key, value) = try schema.mapEntry(field) {
            return ("[\(try elementType(key)): \(try elementType(value))]", "[:]")
        }
        let type = try elementType(field)
        if field.isRepeated { return ("[\(type)]", "[]") }
        switch field.kind {
        case .message: return (type + "?", "nil")
        case .string: return (type, "\"\"")
        case .bytes: return (type, "[]")
        case .bool: return (type, "false")
        case .enumeration: return (type, type + "(rawValue: 0)")
        default: return (type, "0")
        }
    }
}

extension ProtoService.Method {
    /// The cases of MethodKind.
    enum Kind: String {
        case unary
        case serverStream
        case clientStream
        case bidi
    }

    var kind: Kind {
        switch (streamsIn, streamsOut) {
        case (false, false): .unary
        case (false, true): .serverStream
        case (true, false): .clientStream
        case (true, true): .bidi
        }
    }
}
