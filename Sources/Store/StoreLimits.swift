/// Limits that tables enforce with CHECK constraints, for code that must refuse a value before it reaches the table.
///
/// They are defined here; a test checks that the constraints of the database have the same values.
package enum StoreLimits {
    /// Days that an archived package is kept.
    package static let retentionDays = 7...90
    /// Bytes of a segment's text in UTF-8.
    package static let segmentTextBytes = 20_000
    /// Characters of a project's slug: a-z, 0-9 and `-`.
    package static let slugLength = 1...64
    /// Characters of a tenant's name: a-z, 0-9 and `-`, which does not come first.
    package static let tenantNameLength = 1...63
    /// Characters of a request id.
    package static let requestIDLength = 1...128
}
