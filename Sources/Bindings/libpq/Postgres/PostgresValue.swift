/// The number by which Postgres knows a type.
package struct PostgresType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The object id in `pg_type`.
    package let rawValue: UInt32

    /// The type with this object id.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ rawValue: UInt32) { self.rawValue = rawValue }

    // The ids of built-in types never change: they are written in Postgres' own catalog source, pg_type.dat.
    static let bool = Self(16), boolArray = Self(1000)
    static let bytea = Self(17), byteaArray = Self(1001)
    static let char = Self(18)
    static let name = Self(19)
    static let int8 = Self(20), int8Array = Self(1016)
    static let int2 = Self(21), int2Array = Self(1005)
    static let int4 = Self(23), int4Array = Self(1007)
    static let text = Self(25), textArray = Self(1009)
    static let json = Self(114)
    static let float4 = Self(700)
    static let float8 = Self(701), float8Array = Self(1022)
    static let unknown = Self(705)
    static let bpchar = Self(1042)
    static let varchar = Self(1043)
    static let timestamptz = Self(1184), timestamptzArray = Self(1185)
    static let interval = Self(1186), intervalArray = Self(1187)
    static let numeric = Self(1700)
    static let uuid = Self(2950), uuidArray = Self(2951)
    static let jsonb = Self(3802), jsonbArray = Self(3807)

    /// Whether the type was made by CREATE TYPE or CREATE DOMAIN. An enum is such a type, and its binary form is its
    /// label.
    var isUserDefined: Bool { rawValue >= 16_384 }

    /// The name of a type this client reads, otherwise its number.
    package var description: String {
        switch self {
        case .bool: "boolean"
        case .bytea: "bytea"
        case .int8: "bigint"
        case .int2: "smallint"
        case .int4: "integer"
        case .text: "text"
        case .json: "json"
        case .float4: "real"
        case .float8: "double precision"
        case .varchar: "character varying"
        case .timestamptz: "timestamptz"
        case .interval: "interval"
        case .numeric: "numeric"
        case .uuid: "uuid"
        case .jsonb: "jsonb"
        default: "with oid \(rawValue)"
        }
    }
}

/// One value on its way to the server, in binary form.
///
/// Its bytes are never part of an error or a log line.
package struct PostgresValue: Sendable, Hashable {
    /// The type that the server is told.
    let type: PostgresType
    /// The binary form, nil for NULL.
    let bytes: [UInt8]?

    /// The binary form of `value`.
    package init(_ value: some PostgresEncodable) {
        type = Swift.type(of: value).postgresType
        bytes = value.postgresBytes
    }
}

/// A Swift value that can be bound to a parameter.
///
/// An enum with a raw value only needs to declare that it conforms.
package protocol PostgresEncodable: Sendable {
    /// The type the server is told.
    static var postgresType: PostgresType { get }
    /// The binary form that the type's receive function reads, nil for NULL.
    var postgresBytes: [UInt8]? { get }
}

/// A Swift value that can be read from a column.
///
/// An enum with a raw value only needs to declare that it conforms; an unknown value is a decoding error.
package protocol PostgresDecodable: Sendable {
    /// Reads a value.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding` if the column is NULL or has another type.
    init(_ cell: PostgresCell) throws(PostgresError)
}

/// One column of one row, in the binary form its type's send function wrote.
package struct PostgresCell: Sendable {
    /// The column's name.
    let column: String
    /// The column's type.
    let type: PostgresType
    /// The bytes, nil for NULL.
    let bytes: [UInt8]?

    /// Whether the column is NULL in this row.
    package var isNull: Bool { bytes == nil }

    /// The bytes, when the column has one of `types`.
    func bytes<Value>(as value: Value.Type, _ types: PostgresType...) throws(PostgresError) -> [UInt8] {
        guard let bytes else { throw PostgresError.decoding("column \"\(column)\" is NULL, not \(value)") }
        guard types.contains(type) else { throw mismatch(value) }
        return bytes
    }

    func mismatch<Value>(_ value: Value.Type) -> PostgresError {
        .decoding("column \"\(column)\" of type \(type) cannot be read as \(value)")
    }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The type of the raw value.
    package static var postgresType: PostgresType { RawValue.postgresType }
    /// The raw value.
    package var postgresBytes: [UInt8]? { rawValue.postgresBytes }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads the raw value.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        guard let value = Self(rawValue: try RawValue(cell)) else {
            throw PostgresError.decoding("column \"\(cell.column)\" holds no value of \(Self.self)")
        }
        self = value
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type of the wrapped value, which is also the type of NULL.
    package static var postgresType: PostgresType { Wrapped.postgresType }
    /// The value, or nil for NULL.
    package var postgresBytes: [UInt8]? { self?.postgresBytes }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads a value; NULL is nil.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        self = cell.isNull ? nil : try Wrapped(cell)
    }
}
