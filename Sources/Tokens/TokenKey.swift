import Crypto
import Foundation
import JWTKit

/// A key that signatures are checked with.
///
/// The key fixes the algorithm; a token never chooses it. So a public key is never taken for a secret, which anybody could then
/// sign with (RFC 8725, section 3.1).
struct TokenKey: Sendable, Hashable {
    /// Its name in the key set.
    let id: String?
    let algorithm: TokenAlgorithm
    /// A hash of all that makes the key, so that a key that was replaced under its name is another key.
    private let fingerprint: SHA256.Digest
    private let checker: any JWTAlgorithm
    /// The bytes of every signature of this key.
    private let signatureSize: Int

    /// The most bytes of a key's name.
    static let longestID = 256
    /// The fewest bytes of a secret (RFC 7518, section 3.2).
    static let shortestSecret = 32

    /// The key that signs with a secret, which has at least ``shortestSecret`` bytes.
    init(secret: [UInt8]) async throws {
        precondition(secret.count >= Self.shortestSecret)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        try await self.init(nil, .hs256, secret, signatureSize: 32, keys)
    }

    /// The key that a key set describes.
    ///
    /// - Throws: Any error, where the numbers of the key are no key.
    init(_ key: PublicKey) async throws {
        let keys = JWTKeyCollection()
        let size: Int
        switch key.material {
        case .ed25519(let x):
            await keys.add(eddsa: try EdDSA.PublicKey(backing: .init(rawRepresentation: x)))
            size = 64
        case .p256(let x, let y):
            await keys.add(ecdsa: try ES256PublicKey(backing: P256.Signing.PublicKey(x963Representation: [4] + x + y)))
            size = 64
        case .rsa(let n, let e):
            let rsa = try Insecure.RSA.PublicKey(modulus: Base64URL.encode(n), exponent: Base64URL.encode(e))
            await keys.add(rsa: rsa, digestAlgorithm: .sha256)
            size = n.count
        }
        try await self.init(key.id, key.material.algorithm, key.material.bytes, signatureSize: size, keys)
    }

    private init(
        _ id: String?,
        _ algorithm: TokenAlgorithm,
        _ bytes: [UInt8],
        signatureSize: Int,
        _ keys: JWTKeyCollection
    ) async throws {
        self.id = id
        self.algorithm = algorithm
        self.signatureSize = signatureSize
        checker = try await keys.getKey()
        fingerprint = SHA256.hash(data: Array("\(algorithm.rawValue) \(id ?? "") ".utf8) + bytes)
    }

    /// Whether this key signed the token.
    func signed(_ token: CompactToken) -> Bool {
        guard token.algorithm == algorithm, token.signature.count == signatureSize else { return false }
        return (try? checker.verify(token.signature, signs: token.signed)) ?? false
    }

    static func == (left: Self, right: Self) -> Bool { left.fingerprint == right.fingerprint }
    func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
