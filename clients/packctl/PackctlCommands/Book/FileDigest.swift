internal import Crypto
internal import Foundation

/// The SHA-256 of files.
enum FileDigest {
    /// The hexadecimal digest of the file at `path`. It is read in pieces, so that at most 256 KiB are in memory.
    static func sha256(ofFileAt path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var hash = SHA256()
        while let bytes = try file.read(upToCount: 256 * 1024), !bytes.isEmpty { hash.update(data: bytes) }
        return hexadecimal(hash.finalize())
    }

    /// The digits of a digest, in lower case.
    static func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
