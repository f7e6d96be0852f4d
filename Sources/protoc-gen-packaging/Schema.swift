/// What a `.proto` file declares, as far as the generators need it.
struct ProtoFile {
    var name: String
    var package: String
    var messages: [ProtoMessage]
    var enums: [ProtoEnum]
    var services: [ProtoService]
}

/// A message with its nested types.
struct ProtoMessage {
    /// The name with the package and the outer messages: `google.rpc.QuotaFailure.Violation`.
    var fullName: String
    var name: String
    var comment: String
    var fields: [ProtoField]
    var oneofs: [ProtoOneof]
    var messages: [ProtoMessage]
    var enums: [ProtoEnum]
    /// Whether this is the key-value pair of a map field.
    var isMapEntry: Bool
}

/// A oneof: at most one of its fields is set.
struct ProtoOneof {
    var name: String
    var comment: String
}

/// A field of a message.
struct ProtoField {
    /// How values are encoded. The numbers are those of FieldDescriptorProto.Type.
    enum Kind: Int {
        case double = 1
        case float = 2
        case int64 = 3
        case uint64 = 4
        case int32 = 5
        case fixed64 = 6
        case fixed32 = 7
        case bool = 8
        case string = 9
        case group = 10
        case message = 11
        case bytes = 12
        case uint32 = 13
        case enumeration = 14
        case sfixed32 = 15
        case sfixed64 = 16
        case sint32 = 17
        case sint64 = 18
    }

    var name: String
    var jsonName: String
    var number: Int
    var comment: String
    var kind: Kind
    /// The full name of the field's message or enum; empty for scalars.
    var typeName: String
    var isRepeated: Bool
    /// The index of its oneof in the message's list.
    var oneof: Int?
}

/// An enum.
struct ProtoEnum {
    struct Value {
        var name: String
        var number: Int
        var comment: String
    }

    var fullName: String
    var name: String
    var comment: String
    var values: [Value]
}

/// A service.
struct ProtoService {
    struct Method {
        var name: String
        var comment: String
        var input: String
        var output: String
        var streamsIn: Bool
        var streamsOut: Bool
    }

    var fullName: String
    var name: String
    var comment: String
    var methods: [Method]
}
