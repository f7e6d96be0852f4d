// Between the Swift value and the C struct of protoc-c.
extension ValuesGenerator {
    func mapping(_ message: ProtoMessage, _ text: inout SwiftText) throws(GeneratorError) {
        let name = try schema.names.swiftType(message.fullName)
        let cType = Names.cType(message.fullName)
        let initialise = Names.cFunction(message.fullName) + "__init"
        let mapping = options.mapping.modifier
        try text.block("extension \(name)") { text throws(GeneratorError) in
            text.line("/// The message's full name in its proto file.")
            text.line("\(access)static let messageName = \"\(message.fullName)\"")
            text.line()
            text.line("package static let descriptor = unsafe MessageDescriptor(\(initialise))")
            text.line()
            text.line("/// Reads the message from protobuf's binary form.")
            try text.block("\(access)init(serialized bytes: UnsafeRawBufferPointer) throws(WireError)") { text in
                text.line("self = try unsafe Unpacking.message(bytes, Self.descriptor, Self.init(copying:))")
            }
            text.line()
            text.line("/// The message in protobuf's binary form.")
            try text.block("\(access)func serialized() throws(WireError) -> [UInt8]") { text in
                text.line("try unsafe Packing.bytes(of: self, Self.fill)")
            }
            text.line()
            try text.block("\(mapping)init(copying c: UnsafePointer<\(cType)>)") { text throws(GeneratorError) in
                for field in message.fields where field.oneof == nil {
                    try text.line("unsafe \(Names.property(field)) = \(copied(field))")
                }
                for (index, oneof) in message.oneofs.enumerated() {
                    text.line("switch unsafe c.pointee.\(oneof.name)_case.rawValue {")
                    let target = Names.property(oneof.name)
                    for field in message.fields where field.oneof == index {
                        text.line("case \(field.number):")
                        let choice = "\(Names.type(oneof.name)).\(Names.property(field))"
                        let value = try copied(field)
                        text.line(
                            field.kind == .message
                                ? "    unsafe \(target) = \(value).map(\(choice))"
                                : "    unsafe \(target) = \(choice)(\(value))"
                        )
                    }
                    text.line("default:")
                    text.line("    \(target) = nil")
                    text.line("}")
                }
            }
            text.line()
            let arguments = "_ value: Self, _ c: UnsafeMutablePointer<\(cType)>, _ arena: inout Arena"
            try text.block("\(mapping)static func fill(\(arguments)) throws(WireError)") {
                text throws(GeneratorError) in
                text.line("unsafe \(initialise)(c)")
                for field in message.fields where field.oneof == nil { try filling(field, &text) }
                for (index, oneof) in message.oneofs.enumerated() {
                    text.line("switch value.\(Names.property(oneof.name)) {")
                    for field in message.fields where field.oneof == index {
                        text.line("case .\(Names.property(field))(let value):")
                        try text.line("    \(marks(field)) c.pointee.\(field.cName) = \(filled(field, "value"))")
                        text.line("    unsafe c.pointee.\(oneof.name)_case = .init(\(field.number))")
                    }
                    text.line("case nil: break")
                    text.line("}")
                }
            }
        }
    }

    /// The Swift value of a field of the C struct.
    private func copied(_ field: ProtoField, of owner: String = "c") throws(GeneratorError) -> String {
        let c = "\(owner).pointee.\(field.cName)"
        let list = "\(owner).pointee.n_\(field.cName), \(c)"
        if let (key, value) = try schema.mapEntry(field) {
            // A message in an entry cannot be absent; if none is given, the default value is used.
            let fallback = value.kind == .message ? try " ?? \(elementType(value))()" : ""
            let pair = try "(\(copied(key, of: "entry")), \(copied(value, of: "entry"))\(fallback))"
            return "Unpacking.map(\(list)) { entry in unsafe \(pair) }"
        }
        switch field.kind {
        case .string:
            return field.isRepeated ? "Unpacking.texts(\(list))" : "Unpacking.text(\(c))"
        case .message:
            let type = try schema.names.swiftType(field.typeName)
            return "Unpacking.message\(field.isRepeated ? "s(\(list)" : "(\(c)"), \(type).init(copying:))"
        case .bytes:
            return field.isRepeated ? "Unpacking.elements(\(list), Unpacking.bytes)" : "Unpacking.bytes(\(c))"
        case .bool:
            return field.isRepeated ? "Unpacking.elements(\(list)) { $0 != 0 }" : "\(c) != 0"
        case .enumeration:
            let type = try schema.names.swiftType(field.typeName)
            return field.isRepeated
                ? "Unpacking.elements(\(list)) { \(type)(rawValue: Int32(bitPattern: $0.rawValue)) }"
                : "\(type)(rawValue: Int32(bitPattern: \(c).rawValue))"
        default:
            return field.isRepeated ? "Unpacking.elements(\(list)) { $0 }" : c
        }
    }

    /// The statements that set a field of the C struct.
    private func filling(_ field: ProtoField, _ text: inout SwiftText) throws(GeneratorError) {
        let value = "value.\(Names.property(field))"
        let assignment = try "\(marks(field)) \(target(field)) = \(filled(field, value))"
        // Empty values stay as the C initialiser set them.
        let canBeEmpty = field.isRepeated || field.kind == .string || field.kind == .bytes
        text.line(canBeEmpty ? "if !\(value).isEmpty { \(assignment) }" : assignment)
    }

    /// The keywords before the statement. A string may contain a NUL, and so may a string inside a message.
    private func marks(_ field: ProtoField) -> String {
        field.kind == .string || field.kind == .message ? "try unsafe" : "unsafe"
    }

    private func target(_ field: ProtoField) -> String {
        let c = "c.pointee.\(field.cName)"
        return field.isRepeated ? "(c.pointee.n_\(field.cName), \(c))" : c
    }

    /// The expression for the C form of a value.
    private func filled(_ field: ProtoField, _ value: String) throws(GeneratorError) -> String {
        let name = "\"\(field.name)\""
        if let (key, mapped) = try schema.mapEntry(field) {
            let entry = Names.cType(field.typeName)
            let initialise = Names.cFunction(field.typeName) + "__init"
            return """
                arena.entries(\(value), \(name)) {
                    (pair, c: UnsafeMutablePointer<\(entry)>, arena) throws(WireError) in
                    unsafe \(initialise)(c)
                    \(marks(key)) c.pointee.key = \(try filled(key, "pair.key"))
                    \(marks(mapped)) c.pointee.value = \(try filled(mapped, "pair.value"))
                }
                """
        }
        switch field.kind {
        case .string:
            return "arena.text\(field.isRepeated ? "s" : "")(\(value), \(name))"
        case .message:
            let type = try schema.names.swiftType(field.typeName)
            return "arena.message\(field.isRepeated ? "s" : "")(\(value), \(name), \(type).fill)"
        case .bytes:
            return field.isRepeated
                ? "arena.elements(\(value)) { bytes in unsafe arena.bytes(bytes) }" : "arena.bytes(\(value))"
        case .bool:
            return field.isRepeated ? "arena.elements(\(value)) { $0 ? 1 : 0 }" : "\(value) ? 1 : 0"
        case .enumeration:
            let type = Names.cType(field.typeName)
            return field.isRepeated
                ? "arena.elements(\(value)) { \(type)(UInt32(bitPattern: $0.rawValue)) }"
                : "\(type)(UInt32(bitPattern: \(value).rawValue))"
        default:
            return field.isRepeated ? "arena.elements(\(value)) { $0 }" : value
        }
    }
}

extension ProtoField {
    /// The member of the C struct.
    var cName: String { name.lowercased() }
}
