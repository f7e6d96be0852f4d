/// A hash that is computed piece by piece.
///
/// The library includes no implementation, so that it links no cryptography. SHA-256 of any other library can be
/// wrapped in three lines.
public protocol DigestFunction: Sendable {
    /// Creates a hash of no bytes.
    init()

    /// Adds bytes.
    mutating func update(_ bytes: [UInt8])

    /// The digest of all added bytes, as hexadecimal digits in lower case.
    func hexadecimalDigest() -> String
}
