package import Model

extension Identifier: PostgresEncodable, PostgresDecodable {
    /// `uuid`.
    package static var postgresType: PostgresType { .uuid }
    /// Sixteen bytes.
    package var postgresBytes: [UInt8]? { bytes }

    /// Reads a `uuid`.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.bytes(as: Self.self, .uuid)
        self.init(high: UInt64(networkBytes: bytes.prefix(8)), low: UInt64(networkBytes: bytes.dropFirst(8)))
    }
}

extension Digest: PostgresEncodable, PostgresDecodable {
    /// `bytea`.
    package static var postgresType: PostgresType { .bytea }
    /// The 32 bytes.
    package var postgresBytes: [UInt8]? { bytes }

    /// Reads a `bytea` of 32 bytes.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        guard let digest = Digest(bytes: try cell.bytes(as: Self.self, .bytea)) else {
            throw PostgresError.decoding("column \"\(cell.column)\" does not hold the 32 bytes of a digest")
        }
        self = digest
    }
}

extension Instant: PostgresEncodable, PostgresDecodable {
    /// Microseconds from 1970-01-01, the epoch of `Instant`, to 2000-01-01, the epoch of Postgres.
    private static let postgresEpoch: Int64 = 946_684_800_000_000

    /// `timestamptz`.
    package static var postgresType: PostgresType { .timestamptz }
    /// Microseconds since 2000-01-01T00:00:00Z.
    package var postgresBytes: [UInt8]? {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(Self.postgresEpoch)
        // The smallest value would mean -infinity. The next one is out of the server's range, so the server refuses it.
        return (overflow ? Int64.min + 1 : shifted).networkBytes
    }

    /// Reads a `timestamptz`, exact to the microsecond; `infinity` is refused.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        let shifted = Int64(bitPattern: UInt64(networkBytes: try cell.bytes(as: Self.self, .timestamptz)))
        let (microseconds, overflow) = shifted.addingReportingOverflow(Self.postgresEpoch)
        guard shifted != .min, !overflow else {
            throw PostgresError.decoding("column \"\(cell.column)\" holds a time without end")
        }
        self.init(microseconds: microseconds)
    }
}

/// A JSON document as text, for `jsonb` and `json` columns.
package struct PostgresJSON: Sendable, Hashable, PostgresEncodable, PostgresDecodable {
    /// The document.
    package var text: String

    /// The document `text`. The server refuses it if it is not JSON.
    package init(_ text: String) { self.text = text }

    /// `jsonb`.
    package static var postgresType: PostgresType { .jsonb }
    /// The version of the binary form, then the text.
    package var postgresBytes: [UInt8]? { [1] + Array(text.utf8) }

    /// Reads a `jsonb` or `json`.
    package init(_ cell: PostgresCell) throws(PostgresError) {
        let bytes = try cell.bytes(as: Self.self, .jsonb, .json)
        text = String(decoding: cell.type == .jsonb ? bytes.dropFirst() : bytes[...], as: UTF8.self)
    }
}
