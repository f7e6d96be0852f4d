import Crypto
package import HTTP
package import Logging
package import Model
import Synchronization

/// Whose tokens are taken.
package struct TokenTrust: Sendable {
    /// The claim `iss` of every token.
    package var issuer: String
    /// What the claim `aud` of every token names.
    package var audience: String
    /// Where the keys are that tokens are signed with; nil for none.
    package var keys: KeyLocation?
    /// The secret that tokens may be signed with (HS256), at least 32 bytes; nil for none.
    package var secret: [UInt8]?
    /// How the server of a key set is reached.
    package var http = HTTPClient.Configuration()

    /// Tokens of `issuer` for `audience`.
    package init(issuer: String, audience: String, keys: KeyLocation?, secret: [UInt8]? = nil) {
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
        self.secret = secret
    }

    /// The fewest bytes of a secret.
    package static let shortestSecret = TokenKey.shortestSecret
}

/// Checks tokens against the keys of one issuer.
///
/// A token that was found right is remembered by its hash until it ends or its key goes, because it comes with every call.
package final class TokenVerifier: TokenVerifying {
    private let rules: TokenRules
    private let keys: TrustedKeys?
    private let secret: TokenKey?
    private let now: @Sendable () -> Instant
    private let cache = Mutex(TokenCache(capacity: 10_000))

    /// A verifier that has looked for its keys once. It goes on looking while ``run()`` runs.
    ///
    /// - Parameter now: The present time.
    /// - Throws: ``PackagingError`` if the secret is too short.
    package convenience init(
        _ trust: TokenTrust,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) async throws(PackagingError) {
        let source = trust.keys?.source(trust.http)
        try await self.init(trust, source: source, clock: ContinuousClock(), logger: logger, now: now)
    }

    init(
        _ trust: TokenTrust,
        source: (any KeySource)?,
        clock: any Clock<Duration>,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) async throws(PackagingError) {
        rules = TokenRules(issuer: trust.issuer, audience: trust.audience)
        keys = source.map { TrustedKeys($0, clock: clock, logger: logger) }
        self.now = now
        if let bytes = trust.secret {
            guard bytes.count >= TokenKey.shortestSecret, let key = try? await TokenKey(secret: bytes) else {
                throw PackagingError(
                    .failedPrecondition,
                    "cannot use the secret for tokens: it has less than \(TokenKey.shortestSecret) bytes"
                )
            }
            secret = key
        } else {
            secret = nil
        }
        await keys?.look()
    }

    /// The trusted keys, for people; nil if there are none yet.
    package var keySummary: String? {
        let names = [keys?.current?.summary, secret == nil ? nil : "a secret (HS256)"].compactMap { $0 }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    /// How many callers wait for new keys.
    var waiting: Int { keys?.waiting ?? 0 }

    /// Keeps the keys fresh until the task is cancelled.
    package func run() async {
        if let keys { return await keys.run() }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
    }

    /// Checks the signature, the issuer, the audience and the times of `token`.
    package func verify(_ token: String) async throws(PackagingError) -> TokenClaims {
        // Nothing else may be done for a text that can be megabytes long.
        guard token.utf8.count <= CompactToken.limit else {
            throw TokenFault.invalid.error("has more than \(CompactToken.limit) bytes")
        }
        let hash = SHA256.hash(data: Array(token.utf8))
        if let entry = cache.withLock({ $0.entry(hash) }) {
            if isTrusted(entry.key) {
                try entry.claims.checkTime(now())
                return entry.claims.claims
            }
            cache.withLock { $0.remove(hash) }
        }
        let parsed = try CompactToken(token)
        let key = try await key(for: parsed)
        guard key.signed(parsed) else { throw TokenFault.invalid.error("has a wrong signature") }
        let claims = try rules.check(parsed.claims, now: now())
        cache.withLock { $0.insert(TokenCache.Entry(claims: claims, key: key), hash) }
        return claims.claims
    }

    private func isTrusted(_ key: TokenKey) -> Bool {
        key == secret || keys?.current?.match(id: key.id, key.algorithm) == .key(key)
    }

    private func key(for token: CompactToken) async throws(PackagingError) -> TokenKey {
        // The secret is no member of a key set, and no key of a set is a secret.
        if token.algorithm == .hs256 {
            guard let secret else { throw TokenFault.invalid.error("has an algorithm that no key is for: HS256") }
            return secret
        }
        guard let keys else {
            throw TokenFault.invalid.error("has an algorithm that no key is for: \(token.algorithm.rawValue)")
        }
        switch try await keys.key(id: token.keyID, token.algorithm) {
        case .key(let key): return key
        case .otherAlgorithm: throw TokenFault.invalid.error("has another algorithm than its key is for")
        case .several: throw TokenFault.keyUnknown.error("names no key (\"kid\"), and several could be meant")
        case .none:
            throw TokenFault.keyUnknown.error(
                token.keyID == nil
                    ? "names no key (\"kid\"), and none fits" : "is signed with a key that is not trusted"
            )
        }
    }
}
