package import Model

/// A Swift value whose arrays can be bound to a parameter and read from a column.
///
/// An array of optionals holds NULLs. With `unnest`, one statement writes many rows:
///
/// ```swift
/// "INSERT INTO segment (id, text) SELECT * FROM unnest(\(ids), \(texts))"
/// ```
package protocol PostgresArrayElement: Sendable {
    /// The type of an array of these.
    static var postgresArrayType: PostgresType { get }
    /// The binary form of an array.
    static func postgresBytes(ofArray elements: [Self]) -> [UInt8]
    /// Reads an array.
    static func array(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// The type of an array of the element's type; `bytea` for bytes.
    package static var postgresType: PostgresType { Element.postgresArrayType }
    /// The array's binary form.
    package var postgresBytes: [UInt8]? { Element.postgresBytes(ofArray: self) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads an array of one dimension; `[UInt8]` is a `bytea`.
    package init(_ cell: PostgresCell) throws(PostgresError) { self = try Element.array(cell) }
}

extension UInt8: PostgresArrayElement {
    /// Bytes together are a `bytea`, not an array.
    package static var postgresArrayType: PostgresType { .bytea }
    /// The bytes themselves.
    package static func postgresBytes(ofArray elements: [UInt8]) -> [UInt8] { elements }
    /// Reads a `bytea`.
    package static func array(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        try cell.bytes(as: [UInt8].self, .bytea)
    }
}

extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    /// The binary form as `array_recv` reads it: dimensions, a flag for NULLs, the element's type, the length and first
    /// index of each dimension, then each element after its length, which is -1 for NULL.
    package static func postgresBytes(ofArray elements: [Self]) -> [UInt8] {
        let values = elements.map(\.postgresBytes)
        var bytes = Int32(elements.isEmpty ? 0 : 1).networkBytes
        bytes += Int32(values.contains(nil) ? 1 : 0).networkBytes
        bytes += postgresType.rawValue.networkBytes
        guard !elements.isEmpty else { return bytes }
        bytes += Int32(truncatingIfNeeded: elements.count).networkBytes + Int32(1).networkBytes
        for value in values {
            bytes += Int32(truncatingIfNeeded: value?.count ?? -1).networkBytes
            bytes += value ?? []
        }
        return bytes
    }

    /// Reads the binary form that `array_send` wrote.
    package static func array(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
        guard let bytes = cell.bytes else {
            throw PostgresError.decoding("column \"\(cell.column)\" is NULL, not an array")
        }
        var reader = ArrayReader(bytes: bytes[...])
        guard let dimensions = reader.word(), reader.word() != nil, let type = reader.word(), dimensions <= 1 else {
            throw cell.mismatch([Self].self)
        }
        guard dimensions == 1 else { return [] }
        guard let count = reader.word(), reader.word() != nil else { throw cell.mismatch([Self].self) }
        var elements: [Self] = []
        for _ in 0..<max(0, count) {
            guard let element = reader.element() else { throw cell.mismatch([Self].self) }
            let elementType = PostgresType(rawValue: UInt32(bitPattern: type))
            elements.append(try Self(PostgresCell(column: cell.column, type: elementType, bytes: element)))
        }
        return elements
    }
}

/// Cuts the binary form of an array into its pieces; nil where it ends too soon or is not an array at all.
private struct ArrayReader {
    var bytes: ArraySlice<UInt8>

    mutating func word() -> Int32? {
        guard bytes.count >= 4 else { return nil }
        defer { bytes = bytes.dropFirst(4) }
        return Int32(bitPattern: UInt32(networkBytes: bytes.prefix(4)))
    }

    mutating func element() -> [UInt8]?? {
        guard let length = word() else { return nil }
        guard length >= 0 else { return .some(nil) }
        guard bytes.count >= Int(length) else { return nil }
        defer { bytes = bytes.dropFirst(Int(length)) }
        return Array(bytes.prefix(Int(length)))
    }
}

extension Bool: PostgresArrayElement {
    /// `boolean[]`.
    package static var postgresArrayType: PostgresType { .boolArray }
}

extension Int: PostgresArrayElement {
    /// `bigint[]`.
    package static var postgresArrayType: PostgresType { .int8Array }
}

extension Int64: PostgresArrayElement {
    /// `bigint[]`.
    package static var postgresArrayType: PostgresType { .int8Array }
}

extension Int32: PostgresArrayElement {
    /// `integer[]`.
    package static var postgresArrayType: PostgresType { .int4Array }
}

extension Int16: PostgresArrayElement {
    /// `smallint[]`.
    package static var postgresArrayType: PostgresType { .int2Array }
}

extension Double: PostgresArrayElement {
    /// `double precision[]`.
    package static var postgresArrayType: PostgresType { .float8Array }
}

extension String: PostgresArrayElement {
    /// `text[]`.
    package static var postgresArrayType: PostgresType { .textArray }
}

extension Duration: PostgresArrayElement {
    /// `interval[]`.
    package static var postgresArrayType: PostgresType { .intervalArray }
}

extension Identifier: PostgresArrayElement {
    /// `uuid[]`.
    package static var postgresArrayType: PostgresType { .uuidArray }
}

extension Digest: PostgresArrayElement {
    /// `bytea[]`.
    package static var postgresArrayType: PostgresType { .byteaArray }
}

extension Instant: PostgresArrayElement {
    /// `timestamptz[]`.
    package static var postgresArrayType: PostgresType { .timestamptzArray }
}

extension PostgresJSON: PostgresArrayElement {
    /// `jsonb[]`.
    package static var postgresArrayType: PostgresType { .jsonbArray }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    /// `bytea[]`.
    package static var postgresArrayType: PostgresType { .byteaArray }
}

extension Optional: PostgresArrayElement
where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {
    /// The type of an array of the wrapped type; NULLs are allowed in every array.
    package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}
