import CProtobufC
import CProtocPlugin

// The numbers of the fields in descriptor.proto. The positions of comments are given in them.
private enum Path {
    static let fileMessages: Int32 = 4
    static let fileEnums: Int32 = 5
    static let fileServices: Int32 = 6
    static let messageFields: Int32 = 2
    static let messageMessages: Int32 = 3
    static let messageEnums: Int32 = 4
    static let messageOneofs: Int32 = 8
    static let enumValues: Int32 = 2
    static let serviceMethods: Int32 = 2
}

extension ProtoFile {
    /// Reads one file of the request.
    init(_ file: UnsafePointer<Google__Protobuf__FileDescriptorProto>) throws(GeneratorError) {
        let package = unsafe string(file.pointee.package)
        let comments = unsafe Comments(file.pointee.source_code_info)
        let scope = Scope(prefix: package.isEmpty ? "" : package + ".", comments: comments)
        unsafe name = string(file.pointee.name)
        self.package = package
        messages = try unsafe list(file.pointee.message_type, file.pointee.n_message_type) {
            (message, index) throws(GeneratorError) in
            try unsafe ProtoMessage(message, in: scope, at: [Path.fileMessages, index])
        }
        enums = unsafe list(file.pointee.enum_type, file.pointee.n_enum_type) { (value, index) in
            unsafe ProtoEnum(value, in: scope, at: [Path.fileEnums, index])
        }
        services = unsafe list(file.pointee.service, file.pointee.n_service) { (service, index) in
            unsafe ProtoService(service, in: scope, at: [Path.fileServices, index])
        }
    }
}

/// The place of a declaration.
private struct Scope {
    var prefix: String
    var comments: Comments
}

extension ProtoMessage {
    fileprivate init(
        _ message: UnsafePointer<Google__Protobuf__DescriptorProto>,
        in scope: Scope,
        at path: [Int32]
    ) throws(GeneratorError) {
        let name = unsafe string(message.pointee.name)
        let inner = Scope(prefix: scope.prefix + name + ".", comments: scope.comments)
        self.name = name
        fullName = scope.prefix + name
        comment = scope.comments[path]
        isMapEntry = unsafe message.pointee.options.map { unsafe $0.pointee.map_entry != 0 } ?? false
        fields = try unsafe list(message.pointee.field, message.pointee.n_field) {
            (field, index) throws(GeneratorError) in
            try unsafe ProtoField(field, in: inner, comment: scope.comments[path + [Path.messageFields, index]])
        }
        oneofs = unsafe list(message.pointee.oneof_decl, message.pointee.n_oneof_decl) { (oneof, index) in
            unsafe ProtoOneof(
                name: string(oneof.pointee.name),
                comment: scope.comments[path + [Path.messageOneofs, index]]
            )
        }
        messages = try unsafe list(message.pointee.nested_type, message.pointee.n_nested_type) {
            (nested, index) throws(GeneratorError) in
            try unsafe ProtoMessage(nested, in: inner, at: path + [Path.messageMessages, index])
        }
        enums = unsafe list(message.pointee.enum_type, message.pointee.n_enum_type) { (nested, index) in
            unsafe ProtoEnum(nested, in: inner, at: path + [Path.messageEnums, index])
        }
    }
}

extension ProtoField {
    fileprivate init(
        _ field: UnsafePointer<Google__Protobuf__FieldDescriptorProto>,
        in scope: Scope,
        comment: String
    ) throws(GeneratorError) {
        let name = unsafe string(field.pointee.name)
        guard let kind = unsafe Kind(rawValue: Int(field.pointee.type.rawValue)), kind != .group else {
            throw GeneratorError("field \"\(scope.prefix)\(name)\" has a type that is not supported")
        }
        self.name = name
        self.kind = kind
        self.comment = comment
        jsonName = unsafe string(field.pointee.json_name)
        number = unsafe Int(field.pointee.number)
        typeName = unsafe String(string(field.pointee.type_name).drop { $0 == "." })
        isRepeated = unsafe field.pointee.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED
        oneof = unsafe field.pointee.has_oneof_index != 0 ? unsafe Int(field.pointee.oneof_index) : nil
    }
}

extension ProtoEnum {
    fileprivate init(
        _ declared: UnsafePointer<Google__Protobuf__EnumDescriptorProto>,
        in scope: Scope,
        at path: [Int32]
    ) {
        let name = unsafe string(declared.pointee.name)
        self.name = name
        fullName = scope.prefix + name
        comment = scope.comments[path]
        values = unsafe list(declared.pointee.value, declared.pointee.n_value) { (value, index) in
            unsafe Value(
                name: string(value.pointee.name),
                number: Int(value.pointee.number),
                comment: scope.comments[path + [Path.enumValues, index]]
            )
        }
    }
}

extension ProtoService {
    fileprivate init(
        _ service: UnsafePointer<Google__Protobuf__ServiceDescriptorProto>,
        in scope: Scope,
        at path: [Int32]
    ) {
        let name = unsafe string(service.pointee.name)
        self.name = name
        fullName = scope.prefix + name
        comment = scope.comments[path]
        methods = unsafe list(service.pointee.method, service.pointee.n_method) { (method, index) in
            unsafe Method(
                name: string(method.pointee.name),
                comment: scope.comments[path + [Path.serviceMethods, index]],
                input: String(string(method.pointee.input_type).drop { $0 == "." }),
                output: String(string(method.pointee.output_type).drop { $0 == "." }),
                streamsIn: method.pointee.client_streaming != 0,
                streamsOut: method.pointee.server_streaming != 0
            )
        }
    }
}

/// The comments of a file, by the path of the declaration below them.
private struct Comments {
    private var texts: [[Int32]: String] = [:]

    init(_ info: UnsafePointer<Google__Protobuf__SourceCodeInfo>?) {
        guard let info = unsafe info else { return }
        for index in unsafe 0..<info.pointee.n_location {
            guard let location = unsafe info.pointee.location[index] else { continue }
            let text = unsafe string(location.pointee.leading_comments)
            guard !text.isEmpty else { continue }
            let path = unsafe Array(UnsafeBufferPointer(start: location.pointee.path, count: location.pointee.n_path))
            texts[path] = text
        }
    }

    subscript(path: [Int32]) -> String { texts[path] ?? "" }
}

/// The elements of a repeated message field with their indices.
private func list<C, Element>(
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?,
    _ count: Int,
    _ read: (UnsafePointer<C>, Int32) throws(GeneratorError) -> Element
) throws(GeneratorError) -> [Element] {
    guard let pointers = unsafe pointers else { return [] }
    var elements: [Element] = []
    for index in 0..<count {
        guard let pointer = unsafe pointers[index] else { continue }
        try unsafe elements.append(read(UnsafePointer(pointer), Int32(index)))
    }
    return elements
}

private func list<C, Element>(
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?,
    _ count: Int,
    _ read: (UnsafePointer<C>, Int32) -> Element
) -> [Element] {
    guard let pointers = unsafe pointers else { return [] }
    return (0..<count).compactMap { index in
        unsafe pointers[index].map { unsafe read(UnsafePointer($0), Int32(index)) }
    }
}

/// A string field; empty when unset.
func string(_ pointer: UnsafePointer<CChar>?) -> String {
    unsafe pointer.map { unsafe String(cString: $0) } ?? ""
}
