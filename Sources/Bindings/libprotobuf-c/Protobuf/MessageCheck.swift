import CProtobufC

/// The walk over a message's bytes before the C library sees them.
///
/// The library cuts strings at a NUL, accepts any bytes as UTF-8, follows nested messages without a limit and allocates
/// as it goes. The walk refuses the first three and computes the memory for the last, using the library's own
/// descriptions of the messages. The walk itself allocates nothing.
struct MessageCheck {
    private var memory = 0
    private let budget: Int

    /// Checks that `bytes` are a message of this description.
    ///
    /// - Returns: The memory that unpacking will take, as long as no singular field is repeated.
    /// - Throws: ``WireError`` that names the field at fault.
    static func memory(
        of bytes: UnsafeRawBufferPointer,
        _ descriptor: MessageDescriptor,
        budget: Int
    ) throws(WireError) -> Int {
        var check = MessageCheck(budget: budget)
        try unsafe check.walk(bytes, descriptor.pointer, depth: 1)
        return check.memory
    }

    private init(budget: Int) { self.budget = budget }

    private mutating func walk(
        _ bytes: UnsafeRawBufferPointer,
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        depth: Int
    ) throws(WireError) {
        guard depth <= WireLimits.depth else { throw WireError(.tooDeep) }
        try unsafe count(descriptor.pointee.sizeof_message)
        guard let start = bytes.baseAddress else { return }
        var cursor = unsafe ByteCursor(position: start, end: start + bytes.count)
        var fields = 0
        var known: UnsafePointer<ProtobufCFieldDescriptor>?
        while unsafe !cursor.isAtEnd {
            let place = unsafe cursor.position
            let tag = try unsafe cursor.tag()
            fields += 1
            try countScan(of: fields)
            // Fields of the same kind often follow each other.
            if unsafe known?.pointee.id != tag.number {
                unsafe known = protobuf_c_message_descriptor_get_field(descriptor, tag.number)
            }
            do {
                if let field = unsafe known {
                    try unsafe check(field, tag, &cursor, depth: depth)
                } else {
                    try unsafe skipUnknown(tag, &cursor)
                }
            } catch {
                guard let field = unsafe known else { throw error }
                let step = unsafe path(of: field, at: place, in: bytes)
                throw error.inside(step)
            }
        }
    }

    /// Checks the value of one known field.
    private mutating func check(
        _ field: UnsafePointer<ProtobufCFieldDescriptor>,
        _ tag: ByteCursor.Tag,
        _ cursor: inout ByteCursor,
        depth: Int
    ) throws(WireError) {
        let type = unsafe field.pointee.type
        let isRepeated = unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED
        let shape = Shape(type)
        if tag.wireType == Shape.lengthPrefixed.wireType, shape != .lengthPrefixed, isRepeated {
            let packed = try unsafe cursor.lengthPrefixed()
            return try unsafe count(shape.elementSize * shape.elements(in: packed))
        }
        guard tag.wireType == shape.wireType else { throw WireError(.unexpectedWireType(Int(tag.wireType))) }
        if isRepeated { try count(type == PROTOBUF_C_TYPE_BYTES ? 16 : shape.elementSize) }
        switch shape {
        case .varint: _ = try unsafe cursor.varint()
        case .fixed32: try unsafe cursor.skip(4)
        case .fixed64: try unsafe cursor.skip(8)
        case .lengthPrefixed:
            let content = try unsafe cursor.lengthPrefixed()
            switch type {
            case PROTOBUF_C_TYPE_STRING:
                try count(content.count + 1)
                try unsafe UTF8Check.check(content)
            case PROTOBUF_C_TYPE_MESSAGE:
                let inner = unsafe field.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
                try unsafe walk(content, inner, depth: depth + 1)
            default:
                try count(content.count)
            }
        }
    }

    /// Skips a field that is not in the description. The library keeps the bytes of such a field, so they are counted.
    private mutating func skipUnknown(_ tag: ByteCursor.Tag, _ cursor: inout ByteCursor) throws(WireError) {
        let start = unsafe cursor.position
        switch tag.wireType {
        case Shape.varint.wireType: _ = try unsafe cursor.varint()
        case Shape.fixed32.wireType: try unsafe cursor.skip(4)
        case Shape.fixed64.wireType: try unsafe cursor.skip(8)
        case Shape.lengthPrefixed.wireType: _ = try unsafe cursor.lengthPrefixed()
        default: throw WireError(.unexpectedWireType(Int(tag.wireType)))
        }
        try count(unsafe MemoryLayout<ProtobufCMessageUnknownField>.stride)
        try unsafe count(cursor.position - start)
    }

    /// The name of `field`, with the index for a repeated field. It is computed only for errors.
    private func path(
        of field: UnsafePointer<ProtobufCFieldDescriptor>,
        at place: UnsafeRawPointer,
        in bytes: UnsafeRawBufferPointer
    ) -> String {
        let name = unsafe String(cString: field.pointee.name)
        guard unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED, let start = bytes.baseAddress else {
            return name
        }
        // The bytes before `place` were already checked, so this scan does not fail.
        var cursor = unsafe ByteCursor(position: start, end: place)
        var index = 0
        while unsafe !cursor.isAtEnd, let tag = try? unsafe cursor.tag() {
            if unsafe tag.number == field.pointee.id { index += 1 }
            var ignored = MessageCheck(budget: .max)
            guard (try? unsafe ignored.skipUnknown(tag, &cursor)) != nil else { break }
        }
        return "\(name)[\(index)]"
    }
}

// The memory that unpacking will allocate.
extension MessageCheck {
    private mutating func count(_ bytes: Int) throws(WireError) {
        memory += (bytes + 7) & ~7
        guard memory <= budget else { throw WireError(.tooMuchMemory) }
    }

    /// Counts the notes that the library keeps about a message's fields: 32 bytes each. The first 16 are on its stack,
    /// the others in slabs of 32, 64, 128 and so on.
    private mutating func countScan(of fields: Int) throws(WireError) {
        let slab = fields + 15  // 32, 64, 128 … where a new slab begins
        guard fields > 16, slab & (slab - 1) == 0 else { return }
        try count(32 * slab)
    }
}

/// The wire format of a field's value.
private enum Shape {
    case varint
    case fixed64
    case lengthPrefixed
    case fixed32

    init(_ type: ProtobufCType) {
        switch type {
        case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE: self = .fixed64
        case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT: self = .fixed32
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: self = .lengthPrefixed
        default: self = .varint
        }
    }

    var wireType: UInt8 {
        switch self {
        case .varint: 0
        case .fixed64: 1
        case .lengthPrefixed: 2
        case .fixed32: 5
        }
    }

    /// The bytes of an element in the C struct's array, at most.
    var elementSize: Int { self == .fixed32 ? 4 : 8 }

    /// How many values are packed in `bytes`.
    func elements(in bytes: UnsafeRawBufferPointer) throws(WireError) -> Int {
        switch self {
        case .fixed32, .fixed64:
            guard bytes.count.isMultiple(of: elementSize) else { throw WireError(.truncated) }
            return bytes.count / elementSize
        case .varint, .lengthPrefixed:
            guard let start = bytes.baseAddress else { return 0 }
            var cursor = unsafe ByteCursor(position: start, end: start + bytes.count)
            var count = 0
            while unsafe !cursor.isAtEnd {
                _ = try unsafe cursor.varint()
                count += 1
            }
            return count
        }
    }
}
