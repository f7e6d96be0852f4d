import Model
import Testing
import Tokens

@testable import Services

@Suite("Authority of callers")
struct AuthorityTests {
    private static let tenant = TenantID(high: 0, low: 1)
    private static func at(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * 1_000_000) }

    /// The authority of a token that was issued at second 100.
    private func authority(
        _ name: String = "ada",
        scopes: Set<Scope> = [.read],
        id: String? = "t",
        issued: Int64 = 100,
        until end: Int64 = 200
    ) -> Authority {
        let principal = Principal.user(name)
        let caller = Caller(
            tenant: Self.tenant,
            tenantName: "acme",
            principal: principal,
            id: UserID(high: 0, low: UInt64(name.utf8.count)),
            scopes: scopes
        )
        let claims = TokenClaims(
            tenant: "acme",
            principal: principal,
            scopes: scopes,
            id: id,
            issuedAt: Self.at(issued),
            expiresAt: Self.at(end)
        )
        return Authority(caller, claims)
    }

    @Test(
        "a token holds until it ends, is revoked by its id, or was issued before its holder's time",
        arguments: [
            (199, RevocationList(version: 1), nil), (200, RevocationList(version: 1), "TOKEN_EXPIRED"),
            (150, RevocationList(version: 1, tokens: ["t"]), "TOKEN_REVOKED"),
            (150, RevocationList(version: 1, tokens: ["other"]), nil),
            (150, RevocationList(version: 1, notBefore: [.user("ada"): at(101)]), "TOKEN_REVOKED"),
            (150, RevocationList(version: 1, notBefore: [.user("ada"): at(100)]), nil),
            (150, RevocationList(version: 1, notBefore: [.service("ada"): at(101)]), nil),
        ] as [(Int64, RevocationList, String?)]
    )
    func problems(now: Int64, revoked: RevocationList, reason: String?) {
        #expect(authority().problem(at: Self.at(now), revoked)?.reason == reason)
    }

    @Test("a later token of the same caller with the same scopes renews, and no other does")
    func renewal() {
        let old = authority()
        #expect(old.renew(authority(issued: 150, until: 300)))
        #expect(old.problem(at: Self.at(250), nil) == nil)
        #expect(!old.renew(authority("someone else")))
        #expect(!old.renew(authority(scopes: [])))
        #expect(!old.renew(authority(scopes: [.read, .package])))
        old.replace(by: .tokenExpired)
        #expect(!old.renew(authority(until: 400)), "what has ended stays so")
    }

    @Test(
        "callers are named with their kind, and a bare name is a user's",
        arguments: [
            ("ada", Principal.user("ada")), ("user:ada", .user("ada")), ("service:shop", .service("shop")),
            ("user:service:x", .user("service:x")), ("operator", .user("operator")),
        ]
    )
    func names(text: String, principal: Principal) {
        #expect(Principal(text) == principal)
    }

    @Test("names that nobody can have", arguments: ["", "user:", "service:"])
    func noNames(text: String) {
        #expect(Principal(text) == nil)
    }
}
