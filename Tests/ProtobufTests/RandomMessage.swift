import CProtobufC
import Protobuf
import TestSupport

/// Writes random messages in protobuf's binary form. It uses their C descriptions and no code of Protobuf.
///
/// The output is canonical: fields in the order of their numbers, defaults left out, numbers packed, maps sorted. So a
/// message that is read and written again has the same bytes.
struct RandomMessage {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// A message of this description.
    mutating func bytes(of descriptor: MessageDescriptor) -> [UInt8] {
        unsafe message(descriptor.pointer, depth: 0)
    }

    private mutating func message(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, depth: Int) -> [UInt8] {
        let fields = unsafe UnsafeBufferPointer(
            start: descriptor.pointee.fields,
            count: Int(descriptor.pointee.n_fields)
        ).map { unsafe Field($0) }
        let isEntry = unsafe String(cString: descriptor.pointee.short_name).hasSuffix("Entry")
        // Chooses one field of each oneof. Fields of one oneof share the place where the chosen case is stored.
        var chosen: [UInt32: UInt64] = [:]
        for field in fields.shuffled(using: &generator) where field.isOneof { chosen[field.oneof] = field.number }
        var bytes: [UInt8] = []
        for field in fields {
            if field.isOneof, chosen[field.oneof] != field.number { continue }
            guard isEntry || chance(3, of: 4) else { continue }
            bytes += values(of: field, depth: depth)
        }
        return bytes
    }

    private mutating func values(of field: Field, depth: Int) -> [UInt8] {
        guard field.isRepeated else {
            let payload = value(of: field, depth: depth, mayBeDefault: field.isOneof)
            return payload.map { tag(field) + $0 } ?? []
        }
        var elements: [[UInt8]] = []
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            value(of: field, depth: depth, mayBeDefault: true).map { elements.append($0) }
        }
        if field.wireType != 2 {
            let packed = elements.flatMap { $0 }
            return varint(field.number << 3 | 2) + varint(UInt64(packed.count)) + packed
        }
        if field.isMap {
            // Keys have the same length and come first, so sorting entries without their length puts them in the order
            // of the keys.
            func entry(_ element: [UInt8]) -> ArraySlice<UInt8> { element.drop { $0 >= 0x80 }.dropFirst() }
            elements.sort { entry($0).lexicographicallyPrecedes(entry($1)) }
        }
        return elements.flatMap { tag(field) + $0 }
    }

    /// The value after the tag; nil for a message that would be nested too deeply.
    private mutating func value(of field: Field, depth: Int, mayBeDefault: Bool) -> [UInt8]? {
        let smallest: UInt64 = mayBeDefault ? 0 : 1
        let bits = UInt64.random(
            in: smallest...(.max >> UInt64.random(in: 0..<60, using: &generator)),
            using: &generator
        )
        switch field.kind {
        case .bool: return [mayBeDefault ? UInt8(bits & 1) : 1]
        case .int32, .enumeration:
            let number = Int32(truncatingIfNeeded: bits)
            return varint(UInt64(bitPattern: Int64(number == 0 && !mayBeDefault ? -7 : number)))
        case .uint32: return varint(UInt64(max(UInt32(truncatingIfNeeded: bits), UInt32(smallest))))
        case .int64, .uint64: return varint(bits)
        case .fixed64: return littleEndian(bits)
        case .double:
            return littleEndian(Double.random(in: 0.001...1e12, using: &generator).bitPattern)
        case .string:
            let text = self.text(length: field.isKey ? 8 : Int(bits % 40), mayBeEmpty: mayBeDefault)
            return varint(UInt64(text.utf8.count)) + text.utf8
        case .bytes:
            let data = (0..<(Int(bits % 300) + Int(smallest))).map { _ in UInt8.random(in: 0...255, using: &generator) }
            return varint(UInt64(data.count)) + data
        case .message:
            guard depth < 4, let inner = unsafe field.message else { return nil }
            let content = unsafe message(inner, depth: depth + 1)
            return varint(UInt64(content.count)) + content
        default:
            preconditionFailure("no message has a field of this type yet")
        }
    }

    private mutating func text(length: Int, mayBeEmpty: Bool) -> String {
        let characters = Array("abc XYZ019é√𝄞λ\"\\\n")
        let keyCharacters = Array("abcdefghijklmnopqrstuvwxyz")
        let count = mayBeEmpty ? length : max(1, length)
        return String(
            (0..<count).map { _ in (length == 8 ? keyCharacters : characters).randomElement(using: &generator) ?? "x" }
        )
    }

    private mutating func chance(_ part: Int, of whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &generator) < part
    }

    private func tag(_ field: Field) -> [UInt8] {
        varint(field.number << 3 | field.wireType)
    }
}

/// The C library's description of a field.
@safe private struct Field {
    // The library's own numbers: several C modules read its header, and Swift finds the names in only one of them.
    enum Kind: UInt32 {
        case int32 = 0
        case int64 = 3
        case uint32 = 6
        case uint64 = 8
        case fixed64 = 9
        case double = 11
        case bool = 12
        case enumeration = 13
        case string = 14
        case bytes = 15
        case message = 16
    }

    let kind: Kind?
    let number: UInt64
    let isRepeated: Bool
    let isOneof: Bool
    let oneof: UInt32
    let isKey: Bool
    let message: UnsafePointer<ProtobufCMessageDescriptor>?

    init(_ field: ProtobufCFieldDescriptor) {
        kind = unsafe Kind(rawValue: field.type.rawValue)
        number = unsafe UInt64(field.id)
        isRepeated = unsafe field.label.rawValue == 2
        isOneof = unsafe field.flags & 4 != 0
        oneof = unsafe field.quantifier_offset
        isKey = unsafe String(cString: field.name) == "key"
        unsafe message = field.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    }

    var isMap: Bool {
        unsafe message.map { unsafe String(cString: $0.pointee.short_name).hasSuffix("Entry") } ?? false
    }

    var wireType: UInt64 {
        switch kind {
        case .string, .bytes, .message: 2
        case .double, .fixed64: 1
        default: 0
        }
    }
}

/// A number as protobuf's varint.
func varint(_ number: UInt64) -> [UInt8] {
    number < 0x80 ? [UInt8(number)] : [UInt8(number & 0x7f) | 0x80] + varint(number >> 7)
}

/// A field whose value has a length before it.
func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(content.count)) + content
}

private func littleEndian(_ bits: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
}
