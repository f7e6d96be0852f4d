import Crypto
import Model
import TestSupport
import Testing

@testable import Tokens

@Suite("What a token costs")
struct CostTests {
    /// The times are printed for people; only that the cache is bounded and helps is a promise.
    @Test("a token that was checked before costs no signature")
    func cost() async throws {
        let secret = [UInt8](repeating: 7, count: 32)
        let keys = [try await IssuerKey.ed25519(), try await .es256(), try await .rs256()]
        let checking = try await verifier(FakeSource(keySet(keys)), secret: secret)
        for key in keys + [try await .hs256(secret)] {
            let tokens = try (0..<1000).map { try key.token(["jti": "\($0)"]) }
            let clock = ContinuousClock()
            let first = try await clock.measure { for token in tokens { _ = try await checking.verify(token) } }
            let again = try await clock.measure { for token in tokens { _ = try await checking.verify(token) } }
            print("token: \(key.algorithm) costs \(first / 1000), and \(again / 1000) where it was checked before")
        }
    }

    @Test("the cache never holds more than it may, and keeps what is used")
    func bounded() async throws {
        let key = try await IssuerKey.ed25519()
        let made = try await TokenKey(PublicKey(id: nil, .ed25519(x: [UInt8](repeating: 1, count: 32))))
        let rules = TokenRules(issuer: issuer, audience: audience)
        let token = try CompactToken(key.token())
        let entry = TokenCache.Entry(claims: try rules.check(token.claims, now: noon), key: made)
        var cache = TokenCache(capacity: 100)
        let kept = hash(-1)
        cache.insert(entry, kept)
        for number in 0..<1000 {
            cache.insert(entry, hash(number))
            #expect(cache.entry(kept) != nil)
            #expect(cache.count <= 100)
        }
        #expect(cache.entry(hash(0)) == nil)
        cache.remove(kept)
        #expect(cache.entry(kept) == nil)
    }
}

private func hash(_ number: Int) -> SHA256.Digest { SHA256.hash(data: Array("\(number)".utf8)) }
