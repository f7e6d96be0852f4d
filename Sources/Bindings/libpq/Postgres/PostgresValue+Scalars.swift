extension Bool: PostgresEncodable, PostgresDecodable {
    /// `boolean`.
    package static var postgresType: PostgresType { .bool }
    /// One byte.
    package var postgresBytes: [UInt8]? { [self ? 1 : 0] }

    /// Reads a `boolean`.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        self = try cell.bytes(as: Self.self, .bool).first == 1
    }
}

extension FixedWidthInteger {
    /// The bytes, most significant first.
    var networkBytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
    }

    /// The integer with these bytes, most significant first.
    init(networkBytes bytes: some Sequence<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}

extension PostgresCell {
    /// An integer of any width, or a `numeric` without a fraction (what `sum(bigint)` gives).
    func integer<Value: FixedWidthInteger & SignedInteger>(as value: Value.Type) throws(PostgresError) -> Value {
        let bytes = try bytes(as: value, .int8, .int4, .int2, .numeric)
        let wide: Int64? =
            switch type {
            case .numeric: Int64(numeric: bytes)
            case .int2: Int64(Int16(bitPattern: UInt16(networkBytes: bytes)))
            case .int4: Int64(Int32(bitPattern: UInt32(networkBytes: bytes)))
            default: Int64(bitPattern: UInt64(networkBytes: bytes))
            }
        guard let wide, let narrow = Value(exactly: wide) else {
            throw PostgresError.decoding("column \"\(column)\" holds a number that is not in the range of \(value)")
        }
        return narrow
    }
}

extension Int64 {
    /// Reads the binary form of a `numeric`; nil if it has a fraction, is not a number, or is too large.
    ///
    /// Source: `numeric_send`: number of digits, weight of the first, sign, scale, then digits to the base 10,000.
    fileprivate init?(numeric bytes: [UInt8]) {
        var words = stride(from: 0, to: bytes.count - 1, by: 2).map { Int64(bytes[$0]) << 8 | Int64(bytes[$0 + 1]) }[
            ...
        ]
        guard words.count >= 4 else { return nil }
        let header = Array(words.prefix(4))
        words = words.dropFirst(4)
        let weight = Int(Int16(truncatingIfNeeded: header[1]))
        let isNegative = header[2] == 0x4000
        guard isNegative || header[2] == 0, words.count <= weight + 1 || words.isEmpty else { return nil }
        var result: Int64 = 0
        for position in 0..<(words.isEmpty ? 0 : weight + 1) {
            let digit = position < words.count ? words[words.startIndex + position] : 0
            let (scaled, overflow) = result.multipliedReportingOverflow(by: 10_000)
            let (sum, carry) = scaled.subtractingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            result = sum
        }
        // The sum is kept negative, because that range has one value more.
        guard !isNegative else {
            self = result
            return
        }
        guard result != .min else { return nil }
        self = -result
    }
}

extension Int: PostgresEncodable, PostgresDecodable {
    /// `bigint`.
    package static var postgresType: PostgresType { .int8 }
    /// Eight bytes.
    package var postgresBytes: [UInt8]? { Int64(self).networkBytes }

    /// Reads a `bigint`, `integer`, `smallint`, or a `numeric` without a fraction.
    package init(_ cell: PostgresCell) throws(PostgresError) { self = try cell.integer(as: Self.self) }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    /// `bigint`.
    package static var postgresType: PostgresType { .int8 }
    /// Eight bytes.
    package var postgresBytes: [UInt8]? { networkBytes }

    /// Reads a `bigint`, `integer`, `smallint`, or a `numeric` without a fraction.
    package init(_ cell: PostgresCell) throws(PostgresError) { self = try cell.integer(as: Self.self) }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    /// `integer`.
    package static var postgresType: PostgresType { .int4 }
    /// Four bytes.
    package var postgresBytes: [UInt8]? { networkBytes }

    /// Reads an `integer` or `smallint`, or a wider number that fits.
    package init(_ cell: PostgresCell) throws(PostgresError) { self = try cell.integer(as: Self.self) }
}

extension Int16: PostgresEncodable, PostgresDecodable {
    /// `smallint`.
    package static var postgresType: PostgresType { .int2 }
    /// Two bytes.
    package var postgresBytes: [UInt8]? { networkBytes }

    /// Reads a `smallint`, or a wider number that fits.
    package init(_ cell: PostgresCell) throws(PostgresError) { self = try cell.integer(as: Self.self) }
}

extension Double: PostgresEncodable, PostgresDecodable {
    /// `double precision`.
    package static var postgresType: PostgresType { .float8 }
    /// Eight bytes.
    package var postgresBytes: [UInt8]? { bitPattern.networkBytes }

    /// Reads a `double precision` or a `real`.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.bytes(as: Self.self, .float8, .float4)
        self =
            cell.type == .float4
            ? Double(Float(bitPattern: UInt32(networkBytes: bytes)))
            : Double(bitPattern: UInt64(networkBytes: bytes))
    }
}

extension String: PostgresEncodable, PostgresDecodable {
    /// `text`.
    package static var postgresType: PostgresType { .text }
    /// UTF-8. The server refuses U+0000 with ``SQLState/characterNotInRepertoire``.
    package var postgresBytes: [UInt8]? { Array(utf8) }

    /// Reads any text type, a `json`, or an enum's label.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        let text: [PostgresType] = [.text, .varchar, .bpchar, .name, .char, .json, .unknown]
        guard cell.isNull || cell.type.isUserDefined || text.contains(cell.type) else { throw cell.mismatch(Self.self) }
        let bytes = try cell.bytes(as: Self.self, cell.type)
        guard let string = String(validating: bytes, as: UTF8.self) else { throw cell.mismatch(Self.self) }
        self = string
    }
}

extension Duration: PostgresEncodable, PostgresDecodable {
    /// `interval`.
    package static var postgresType: PostgresType { .interval }
    /// Microseconds, then no days and no months. Parts of a microsecond are dropped.
    package var postgresBytes: [UInt8]? {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let microseconds = overflow ? (seconds < 0 ? .min : .max) : whole &+ attoseconds / 1_000_000_000_000
        return microseconds.networkBytes + Int64(0).networkBytes
    }

    /// Reads an `interval`. Its days have 24 hours. An interval with months is refused, because months have no fixed
    /// length.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.bytes(as: Self.self, .interval)
        guard Int32(bitPattern: UInt32(networkBytes: bytes[12..<16])) == 0 else {
            throw PostgresError.decoding("column \"\(cell.column)\" holds an interval with months")
        }
        let microseconds = Int64(bitPattern: UInt64(networkBytes: bytes[0..<8]))
        self =
            .microseconds(microseconds) + .seconds(86_400 * Int(Int32(bitPattern: UInt32(networkBytes: bytes[8..<12]))))
    }
}
