import Model
import Testing
import Tokens

@testable import Services

@Suite("What a token proves, and for how long")
struct AuthorityTests {
    private static let tenant = TenantID.random()
    private static let id = UserID.random()

    private static func at(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * 1_000_000) }

    private func authority(
        id: UserID = Self.id,
        scopes: Set<Scope> = [.read],
        token: String? = "t1",
        issued: Int64 = 100,
        expires: Int64 = 200
    ) -> Authority {
        let caller = Caller(
            tenant: Self.tenant,
            tenantName: "acme",
            principal: .user("ada"),
            id: id,
            scopes: scopes
        )
        let claims = TokenClaims(
            tenant: "acme",
            principal: .user("ada"),
            scopes: scopes,
            id: token,
            issuedAt: Self.at(issued),
            expiresAt: Self.at(expires)
        )
        return Authority(caller, claims)
    }

    @Test("a token ends at its very second, or where its id or its time of issue is refused")
    func ends() {
        let authority = authority()
        let ada = Principal.user("ada")
        let table: [(Int64, RevocationList?, String?)] = [
            (199, nil, nil), (200, nil, "TOKEN_EXPIRED"), (201, nil, "TOKEN_EXPIRED"),
            (150, RevocationList(version: 1), nil),
            (150, RevocationList(version: 1, tokens: ["t1"]), "TOKEN_REVOKED"),
            (150, RevocationList(version: 1, tokens: ["t2"]), nil),
            (150, RevocationList(version: 1, notBefore: [ada: Self.at(100)]), nil),
            (150, RevocationList(version: 1, notBefore: [ada: Self.at(101)]), "TOKEN_REVOKED"),
            (150, RevocationList(version: 1, notBefore: [.user("eve"): Self.at(101)]), nil),
            (150, RevocationList(version: 1, notBefore: [.service("ada"): Self.at(101)]), nil),
        ]
        for (seconds, list, reason) in table {
            #expect(
                authority.problem(at: Self.at(seconds), list)?.reason == reason,
                "\(seconds) \(String(describing: list))"
            )
        }
    }

    @Test("a certificate ends at its very second, or where its service is refused and it is older")
    func certificates() {
        let web = Principal.service("web")
        let caller = Caller(tenant: Self.tenant, tenantName: "acme", principal: web, id: Self.id, scopes: [.read])
        let authority = Authority(caller, certificateSince: Self.at(100), until: Self.at(200))
        let table: [(Int64, RevocationList?, String?)] = [
            (199, nil, nil), (200, nil, "CERTIFICATE_EXPIRED"), (150, RevocationList(version: 1), nil),
            (150, RevocationList(version: 1, notBefore: [web: Self.at(100)]), nil),
            (150, RevocationList(version: 1, notBefore: [web: Self.at(101)]), "CERTIFICATE_REVOKED"),
            (150, RevocationList(version: 1, notBefore: [.user("web"): Self.at(101)]), nil),
        ]
        for (seconds, list, reason) in table {
            #expect(
                authority.problem(at: Self.at(seconds), list)?.reason == reason,
                "\(seconds) \(String(describing: list))"
            )
        }
    }

    @Test("a later token of the same caller goes on in place of the old one")
    func renews() {
        let old = authority()
        #expect(old.renew(authority(token: "t2", issued: 180, expires: 300)))
        #expect(old.problem(at: Self.at(250), nil) == nil)
        #expect(old.problem(at: Self.at(250), RevocationList(version: 1, tokens: ["t1"])) == nil)
        #expect(old.problem(at: Self.at(250), RevocationList(version: 1, tokens: ["t2"]))?.reason == "TOKEN_REVOKED")
        #expect(old.renewals == 1)
    }

    @Test("a token with other scopes or of another caller does not go on, nor does anything that has ended")
    func doesNotRenew() {
        for other in [authority(scopes: [.read, .package]), authority(scopes: []), authority(id: .random())] {
            let old = authority()
            #expect(!old.renew(other))
            #expect(old.problem(at: Self.at(200), nil)?.reason == "TOKEN_EXPIRED")
        }
        let ended = authority()
        ended.replace(by: .tokenRevoked)
        ended.replace(by: .tokenExpired)
        #expect(!ended.renew(authority(expires: 300)))
        #expect(ended.problem(at: Self.at(150), nil)?.reason == "TOKEN_REVOKED")
    }

    @Test("a token from the very second of a revocation is refused, because tokens tell whole seconds")
    func sameSecond() {
        let list = RevocationList(version: 1, notBefore: [.user("ada"): Instant(microseconds: 100_500_000)])
        #expect(list.refuses(.user("ada"), tokenID: nil, issuedAt: Self.at(100)))
        #expect(!list.refuses(.user("ada"), tokenID: nil, issuedAt: Self.at(101)))
    }

    @Test("names are read with their kind, and compared byte for byte")
    func principals() {
        let table: [(String, Principal?)] = [
            ("ada", .user("ada")), ("user:ada", .user("ada")), ("service:web", .service("web")),
            ("user:service:web", .user("service:web")), ("operator", .user("operator")), ("", nil), ("user:", nil),
            ("service:", nil),
        ]
        for (text, principal) in table { #expect(Principal(text) == principal, "\(text)") }
        // One scalar and two, which Swift's String calls equal and the database does not.
        let (one, two) = (Principal.user("\u{E9}"), Principal.user("e\u{301}"))
        #expect(one != two)
        #expect([one: 1, two: 2].count == 2)
        for name in ["", " ", "a\nb", "a\u{202E}b", "\u{200B}", String(repeating: "a", count: 257)] {
            #expect(Principal.problem(inName: name) != nil, "\(name)")
        }
    }
}
