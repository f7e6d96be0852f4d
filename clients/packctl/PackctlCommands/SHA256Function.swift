internal import Crypto
internal import PackagingClient

/// SHA-256 for the client library, which does not include it.
struct SHA256Function: DigestFunction {
    private var hash = SHA256()

    init() {}

    mutating func update(_ bytes: [UInt8]) { hash.update(data: bytes) }

    func hexadecimalDigest() -> String { FileDigest.hexadecimal(hash.finalize()) }
}
