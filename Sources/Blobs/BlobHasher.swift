package import Model

import enum Crypto.Insecure
import struct Crypto.SHA256

/// Computes the hashes of a blob while its bytes pass by, from the first to the last.
package struct BlobHasher: Sendable {
    private var sha256 = SHA256()
    private var md5 = Insecure.MD5()
    /// The number of bytes that were seen.
    package private(set) var bytes: Int64 = 0

    /// No bytes yet.
    package init() {}

    /// Adds bytes at the end.
    package mutating func update(_ piece: [UInt8]) {
        sha256.update(data: piece)
        md5.update(data: piece)
        bytes += Int64(piece.count)
    }

    /// The hashes of all bytes.
    package consuming func finish() -> BlobHashes {
        guard let digest = Digest(bytes: sha256.finalize()) else { preconditionFailure("a SHA-256 has 32 bytes") }
        return BlobHashes(sha256: digest, md5: Array(md5.finalize()))
    }
}

/// The hashes of a blob's bytes.
package struct BlobHashes: Sendable, Hashable {
    /// The one that we trust.
    package var sha256: Digest
    /// The 16 bytes that stores of clouds keep and compare. They find damage, and prove nothing.
    package var md5: [UInt8]
}
