import Foundation
import Model
import TestSupport
import Testing

@testable import Tokens

@Suite("Tokens that are wrong")
struct AttackTests {
    /// A verifier that trusts one key of each kind, with those keys.
    private struct Bench {
        let ed, ec, rsa: IssuerKey
        let verifier: TokenVerifier

        var keys: [IssuerKey] { [ed, ec, rsa] }

        init(secret: [UInt8]? = nil, day: DayClock = DayClock(), pace: KeyPace = .url) async throws {
            (ed, ec, rsa) = (try await .ed25519(), try await .es256(), try await .rs256())
            verifier = try await checking(FakeSource(keySet([ed, ec, rsa]), pace: pace), secret: secret, day: day)
        }
    }

    /// Expects the refusal of `token`, whose message names `words` and quotes nothing of it.
    private func expect(
        _ verifier: TokenVerifier,
        refuses token: String,
        _ words: String,
        _ reason: TokenFault = .invalid,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let error = try await refusal(verifier, token)
        #expect(error.code == .unauthenticated, sourceLocation: location)
        #expect(error.reason == reason.rawValue, "\(error)", sourceLocation: location)
        #expect(error.message.hasPrefix("cannot accept the token: it "), "\(error)", sourceLocation: location)
        #expect(words.isEmpty || error.message.contains(words), "\(error)", sourceLocation: location)
        #expect(!"\(error)".contains("hunter2"), sourceLocation: location)
        #expect(!"\(error)".contains("\n"), sourceLocation: location)
    }

    @Test("a right token of each algorithm is taken, and says what it says")
    func right() async throws {
        let bench = try await Bench()
        for key in bench.keys {
            let claims = try await bench.verifier.verify(key.token())
            #expect(
                claims
                    == TokenClaims(
                        tenant: "acme",
                        principal: .service("importer"),
                        scopes: [.read, .package],
                        id: "token-1",
                        issuedAt: noon + .seconds(-100),
                        expiresAt: noon + .seconds(3600)
                    )
            )
        }
        let named = try bench.ed.sign(claims(), header: ["alg": "Ed25519", "kid": "ed"])
        #expect(try await bench.verifier.verify(named).tenant == "acme")
    }

    @Test("the algorithm belongs to the key: a token that names another one is refused, whoever signed it")
    func otherAlgorithm() async throws {
        let bench = try await Bench()
        for key in bench.keys {
            for other in bench.keys where other.algorithm != key.algorithm {
                // Signed by a trusted key, and said to be by another one.
                let header = ["alg": other.algorithm, "kid": key.id ?? ""]
                let token = try other.sign(claims(), header: header)
                try await expect(bench.verifier, refuses: token, "another algorithm than its key is for")
                let named = try key.sign(claims(), header: ["alg": other.algorithm, "kid": other.id ?? ""])
                try await expect(bench.verifier, refuses: named, "a wrong signature")
            }
            for name in ["ES384", "ES512", "RS384", "RS512", "PS256", "HS384", "HS512", "EdDSA ", "rs256", "", "Ed448"]
            {
                let token = try key.sign(claims(), header: ["alg": name, "kid": key.id ?? ""])
                try await expect(bench.verifier, refuses: token, "an algorithm (\"alg\") that is not")
            }
        }
    }

    @Test("a token without a signature is refused", arguments: ["none", "None", "NONE", "nOnE"])
    func none(_ name: String) async throws {
        let bench = try await Bench(secret: Array(repeating: 7, count: 32))
        for id in ["ed", "ec", "rsa", "other"] {
            let token = try bench.ed.sign(claims(), header: ["alg": name, "kid": id])
            let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
            for token in [token, unsigned] {
                try await expect(bench.verifier, refuses: token, "is not signed")
            }
        }
        let token = try bench.ed.token()
        try await expect(
            bench.verifier,
            refuses: token.split(separator: ".").prefix(2).joined(separator: ".") + ".",
            "a wrong signature"
        )
    }

    @Test("a public key is no secret: HS256 signed with it, in any form, is refused, with and without a secret of ours")
    func publicKeyAsSecret() async throws {
        for secret in [nil, Array(repeating: 7, count: 32)] as [[UInt8]?] {
            let bench = try await Bench(secret: secret)
            for key in bench.keys {
                let forms = try publicForms(of: key)
                #expect(forms.count >= 4)
                for form in forms {
                    let forger = try await IssuerKey.hs256(form)
                    for id in [key.id, nil] {
                        var header: [String: Any] = ["alg": "HS256"]
                        header["kid"] = id
                        let words = secret == nil ? "no key is for: HS256" : "a wrong signature"
                        try await expect(bench.verifier, refuses: forger.sign(claims(), header: header), words)
                    }
                }
            }
        }
    }

    /// A public key as PEM, as DER, as its entry in the key set, and as its bare numbers.
    private func publicForms(of key: IssuerKey) throws -> [[UInt8]] {
        let fields = try #require(try JSONValue(parsing: Array(key.published.utf8)).object)
        let numbers = ["x", "y", "n", "e"].compactMap { fields[$0]?.text }
        let raw = numbers.compactMap { Base64URL.decode($0.utf8) }
        var forms = [Array(key.published.utf8), Array(numbers.joined().utf8), raw.flatMap { $0 }] + raw
        let der: [UInt8]
        switch key.algorithm {
        case "EdDSA": der = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + raw[0]
        case "ES256":
            let prefix: [UInt8] = [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
                0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
            der = prefix + raw[0] + raw[1]
        default:
            let prefix: [UInt8] = [
                0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
                0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00,
            ]
            der = prefix + raw[0] + [0x02, 0x03] + raw[1]
        }
        let base64 = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        let pem = "-----BEGIN PUBLIC KEY-----\n\(base64)\n-----END PUBLIC KEY-----"
        forms += [der, Array(pem.utf8), Array((pem + "\n").utf8), Array(base64.utf8)]
        // JWTKit signs with no shorter secret.
        return forms.filter { $0.count >= 32 }
    }

    @Test("a secret signs tokens only where one is given, and of the right one")
    func secrets() async throws {
        let secret = Array("a secret of more than thirty-two bytes".utf8)
        let right = try await IssuerKey.hs256(secret)
        let wrong = try await IssuerKey.hs256(secret.reversed())
        let with = try await Bench(secret: secret)
        #expect(try await with.verifier.verify(right.token()).tenant == "acme")
        #expect(try await with.verifier.verify(with.ed.token()).tenant == "acme")
        try await expect(with.verifier, refuses: wrong.token(), "a wrong signature")
        try await expect(try await Bench().verifier, refuses: right.token(), "no key is for: HS256")
        let alone = try await checking(nil, secret: secret)
        #expect(try await alone.verify(right.token()).tenant == "acme")
        try await expect(alone, refuses: with.ed.token(), "no key is for: EdDSA")
        for count in [0, 31] {
            await #expect(throws: PackagingError.self) {
                try await checking(nil, secret: Array(repeating: 7, count: count))
            }
        }
    }

    @Test("keys that a token brings along are never used")
    func keysInHeader() async throws {
        let bench = try await Bench()
        let server = LocalHTTPServer { _ in .answer(status: 200, body: []) }
        defer { server.stop() }
        let thief = try await IssuerKey.ed25519("ed")
        let own = try JSONSerialization.jsonObject(with: Data(thief.published.utf8))
        for (name, value) in [
            ("jwk", own), ("jku", server.url + "/keys"), ("x5u", server.url + "/certificate"), ("x5c", ["MIIB"]),
        ] as [(String, Any)] {
            let header = ["alg": "EdDSA", "kid": "ed", name: value]
            try await expect(bench.verifier, refuses: thief.sign(claims(), header: header), "a wrong signature")
            // The issuer itself may send them.
            #expect(try await bench.verifier.verify(bench.ed.sign(claims(), header: header)).tenant == "acme")
        }
        #expect(server.requests.isEmpty)
    }

    @Test(
        "a token of another kind, or one that must be understood in another way, is refused",
        arguments: [
            #"{"alg":"EdDSA","kid":"ed","typ":"dpop+jwt"}"#, #"{"alg":"EdDSA","kid":"ed","typ":"logout+jwt"}"#,
            #"{"alg":"EdDSA","kid":"ed","typ":""}"#, #"{"alg":"EdDSA","kid":"ed","typ":null}"#,
            #"{"alg":"EdDSA","kid":"ed","typ":"JWT "}"#, #"{"alg":"EdDSA","kid":"ed","crit":["exp"],"exp":1}"#,
            #"{"alg":"EdDSA","kid":"ed","crit":[]}"#, #"{"alg":"EdDSA","kid":"ed","crit":["b64"],"b64":false}"#,
            #"{"alg":"EdDSA","kid":""}"#, #"{"alg":"EdDSA","kid":7}"#, #"{"alg":"EdDSA","kid":null}"#,
            #"{"kid":"ed"}"#, #"{"alg":null,"kid":"ed"}"#, #"{"alg":["EdDSA"],"kid":"ed"}"#,
            #"{"alg":"none","alg":"EdDSA","kid":"ed"}"#, #"{"alg":"EdDSA","kid":"ed","\u0061lg":"EdDSA"}"#,
            #"["EdDSA"]"#, #""EdDSA""#, "", "{", #"{"alg":"EdDSA","kid":"ed"} {}"#, #"{'alg':'EdDSA'}"#,
            #"{"alg":"EdDSA","kid":"ed","a":NaN}"#, #"{"alg":"EdDSA","kid":"ed",}"#,
        ]
    )
    func headers(_ header: String) async throws {
        let key = try await IssuerKey.ed25519()
        let verifier = try await checking(FakeSource(keySet([key])))
        let payload = String(decoding: try JSONSerialization.data(withJSONObject: claims()), as: UTF8.self)
        try await expect(verifier, refuses: key.sign(texts: [header, payload]), "")
    }

    @Test(
        "the type may be left out, and is compared without case",
        arguments: ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"]
    )
    func types(_ type: String) async throws {
        let key = try await IssuerKey.ed25519()
        let verifier = try await checking(FakeSource(keySet([key])))
        let token = try key.sign(claims(), header: ["alg": "EdDSA", "kid": "ed", "typ": type])
        #expect(try await verifier.verify(token).tenant == "acme")
        let without = try key.sign(claims(), header: ["alg": "EdDSA", "kid": "ed"])
        #expect(try await verifier.verify(without).tenant == "acme")
    }

    /// What is wrong with some claims, and how the refusal says so.
    private static let wrongClaims: [(change: [String: any Sendable], words: String, reason: TokenFault)] = {
        let seconds = Int(noon.microseconds / 1_000_000)
        let nothing = NSNull()
        return [
            (["iss": nothing], "names no issuer", .invalid),
            (["iss": "https://hunter2.example.com/"], "another issuer (\"iss\") than \"\(issuer)\"", .invalid),
            (["iss": issuer.uppercased()], "another issuer", .invalid),
            (["iss": String(issuer.dropLast())], "another issuer", .invalid),
            (["iss": [issuer]], "names no issuer", .invalid),
            (["aud": nothing], "names no audience", .invalid),
            (["aud": "hunter2"], "another audience (\"aud\") than \"\(audience)\"", .invalid),
            (["aud": ["hunter2", "b"]], "another audience", .invalid),
            (["aud": [String]()], "another audience", .invalid),
            (["aud": 7], "another audience", .invalid),
            (["aud": audience + " hunter2"], "another audience", .invalid),
            (["exp": nothing], "has no expiry", .invalid),
            (["exp": "\(seconds + 60)"], "has a time (\"exp\")", .invalid),
            (["exp": -1], "has a time (\"exp\")", .invalid),
            (["exp": 1e300], "has a time (\"exp\")", .invalid),
            (["exp": seconds + 1_000_000_000_000], "has a time (\"exp\")", .invalid),
            (["exp": seconds - 60], "expired at", .expired),
            (["exp": seconds - 61], "expired at", .expired),
            (["exp": seconds - 100], "expires before it was issued", .invalid),
            (["exp": seconds - 100 + 90 * 86_400 + 1], "lives longer than 90 days", .invalid),
            (["iat": nothing], "does not say when it was issued", .invalid),
            (["iat": "now"], "has a time (\"iat\")", .invalid),
            (["iat": seconds + 61], "is valid from", .notYetValid),
            (["nbf": seconds + 61], "is valid from", .notYetValid),
            (["nbf": "now"], "has a time (\"nbf\")", .invalid),
            (["nbf": true], "has a time (\"nbf\")", .invalid),
            (["tenant": nothing], "has no \"tenant\"", .invalid),
            (["tenant": ""], "has an empty \"tenant\"", .invalid),
            (["tenant": ["acme"]], "has a \"tenant\" that is not text", .invalid),
            (["tenant": "acme\u{0}hunter2"], "has a \"tenant\" that has a control character", .invalid),
            (["sub": nothing], "has no \"sub\"", .invalid),
            (["sub": ""], "has an empty \"sub\"", .invalid),
            (["sub": "a\nb"], "has a \"sub\" that has a control character or a line break", .invalid),
            (["sub": String(repeating: "x", count: 257)], "has a \"sub\" of more than 256 characters", .invalid),
            (["user": ""], "has an empty \"user\"", .invalid),
            (["user": "\u{200B}"], "has an empty \"user\"", .invalid),
            (["user": 7], "has a \"user\" that is not text", .invalid),
            (["user": [String]()], "has a \"user\" that is not text", .invalid),
            (["user": "ada\u{202E}hunter2"], "has a \"user\" that has U+202E", .invalid),
            (["user": String(repeating: "x", count: 257)], "has a \"user\" of more than 256 characters", .invalid),
            (["jti": ""], "has an empty \"jti\"", .invalid),
            (["jti": 7], "has a \"jti\" that is not text", .invalid),
            (["scopes": "read"], "has \"scopes\" that are not a list of words", .invalid),
            (["scopes": ["read", 7] as [any Sendable]], "has \"scopes\" that are not a list of words", .invalid),
            (["scopes": nothing, "scope": ["read"]], "has a \"scope\" that is not text", .invalid),
        ]
    }()

    @Test("each claim that is wrong is refused by its name, for every algorithm")
    func wrongClaims() async throws {
        let bench = try await Bench()
        for (change, words, reason) in Self.wrongClaims {
            for key in bench.keys {
                try await expect(bench.verifier, refuses: key.token(change), words, reason)
            }
        }
        // JSON's null is no user that is missing: it would make a service of the caller.
        let payload = String(decoding: try JSONSerialization.data(withJSONObject: claims()), as: UTF8.self)
        let header = #"{"alg":"EdDSA","kid":"ed"}"#
        let null = payload.dropLast() + #","user":null}"#
        try await expect(
            bench.verifier,
            refuses: bench.ed.sign(texts: [header, String(null)]),
            "\"user\" that is not text"
        )
        let twice = payload.dropLast() + #","tenant":"other"}"#
        try await expect(
            bench.verifier,
            refuses: bench.ed.sign(texts: [header, String(twice)]),
            "two members with one name"
        )
    }

    @Test("claims at the edge of what is allowed are taken")
    func rightClaims() async throws {
        let seconds = Int(noon.microseconds / 1_000_000)
        let key = try await IssuerKey.ed25519()
        let verifier = try await checking(FakeSource(keySet([key])))
        func says(_ change: [String: Any]) async throws -> TokenClaims { try await verifier.verify(key.token(change)) }
        for change in [
            ["aud": ["other", audience]], ["exp": seconds - 59], ["iat": seconds + 60], ["nbf": seconds + 60],
            ["exp": Double(seconds) + 0.5], ["exp": seconds - 100 + 90 * 86_400], ["jti": NSNull()],
            ["sub": String(repeating: "é", count: 256)],
        ] as [[String: Any]] {
            #expect(try await says(change).tenant == "acme")
        }
        #expect(try await says(["user": "ada"]).principal == .user("ada"))
        #expect(try await says(["user": "ada", "sub": NSNull()]).principal == .user("ada"))
        #expect(try await says(["scopes": ["read", "write", "READ"]]).scopes == [.read])
        #expect(try await says(["scopes": NSNull(), "scope": "admin other  read"]).scopes == [.admin, .read])
        #expect(try await says(["scopes": [String](), "scope": "admin"]).scopes == [])
        #expect(try await says(["scopes": NSNull()]).scopes == [])
    }

    @Test("a token that was changed anywhere is refused")
    func changed() async throws {
        // A changed key id is one that is not known: without a pause, it is looked for at once.
        let bench = try await Bench(pace: KeyPace(pause: .zero, usual: .seconds(600)))
        let looking = Task { await bench.verifier.run() }
        defer { looking.cancel() }
        for key in bench.keys {
            let token = try key.token()
            let parts = token.split(separator: ".").map(String.init)
            let other = try key.token(["tenant": "other"]).split(separator: ".").map(String.init)
            try await expect(bench.verifier, refuses: "\(parts[0]).\(other[1]).\(parts[2])", "a wrong signature")
            // Cut anywhere in the signature, and longer than it is.
            for length in stride(from: 0, to: parts[2].count, by: 7) {
                _ = try await refusal(bench.verifier, "\(parts[0]).\(parts[1]).\(parts[2].prefix(length))")
            }
            for tail in ["A", "AA", "=", "==", ".", ".A", "\n", " ", "\0"] {
                _ = try await refusal(bench.verifier, token + tail)
            }
            // Each character in turn, also the last one, of whose bits some mean nothing.
            let bytes = Array(token.utf8)
            for place in bytes.indices {
                for byte in Set([bytes[place] ^ 1, bytes[place] ^ 2, UInt8(ascii: "A"), UInt8(ascii: "+")])
                where byte != bytes[place] {
                    var changed = bytes
                    changed[place] = byte
                    guard let text = String(validating: changed, as: UTF8.self) else { continue }
                    _ = try await refusal(bench.verifier, text)
                }
            }
            #expect(try await bench.verifier.verify(token).tenant == "acme")
        }
    }

    @Test("what is no token at all is refused, however long it is")
    func garbage() async throws {
        let bench = try await Bench()
        for text in ["", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "Bearer x", "é.é.é", "{}", "🙂", "\0", " . . "] {
            try await expect(bench.verifier, refuses: text, "")
        }
        for count in [8193, 1 << 20, 16 << 20] {
            let text = String(repeating: "x", count: count)
            try await expect(bench.verifier, refuses: text, "more than 8192 bytes")
        }
        // Deep, and with many members.
        let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        let header = #"{"alg":"EdDSA","kid":"ed"}"#
        try await expect(bench.verifier, refuses: bench.ed.sign(texts: [header, #"{"a":\#(deep)}"#]), "nested")
        var random = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<300, using: &random)).map { _ in
                UInt8.random(in: 0...127, using: &random)
            }
            _ = try await refusal(bench.verifier, String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("a token that was taken ends at its time, and is refused from then on, although it is remembered")
    func ends() async throws {
        let day = DayClock()
        let bench = try await Bench(day: day)
        let token = try bench.ed.token()
        #expect(try await bench.verifier.verify(token).tenant == "acme")
        day.advance(by: .seconds(3600 + 59))
        #expect(try await bench.verifier.verify(token).tenant == "acme")
        day.advance(by: .seconds(1))
        try await expect(bench.verifier, refuses: token, "expired at", .expired)
        // A clock that is set back does not make a token valid before its time.
        day.advance(by: .seconds(-3660 - 161))
        try await expect(bench.verifier, refuses: token, "is valid from", .notYetValid)
    }
}

/// Named so that no property hides it.
private func checking(
    _ source: (any KeySource)?,
    secret: [UInt8]? = nil,
    day: DayClock = DayClock()
) async throws -> TokenVerifier {
    try await verifier(source, secret: secret, day: day)
}
