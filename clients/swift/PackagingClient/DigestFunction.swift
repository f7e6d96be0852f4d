/// A hash that is computed piece by piece.
///
/// The library brings none of its own, so that it links no cryptography; SHA-256 of any other library is wrapped in
/// three lines.
public protocol DigestFunction: Sendable {
    /// Starts over with nothing hashed.
    init()

    /// Adds bytes.
    mutating func update(_ bytes: [UInt8])

    /// The digest of all that was added, as hexadecimal digits in lower case.
    func hexadecimalDigest() -> String
}
