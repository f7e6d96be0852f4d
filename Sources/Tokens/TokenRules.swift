import Model

/// What the claims of a token must say.
struct TokenRules: Sendable {
    /// The issuer that is trusted.
    var issuer: String
    /// Our own name, as the issuer knows it.
    var audience: String

    /// How much the issuer's clock may differ from ours.
    static let leeway = Duration.seconds(60)
    /// The longest life of a token. One that lives longer is more of a password, and should be renewed.
    static let longestLife = Duration.seconds(90 * 86_400)

    /// What the claims say, if they are right at `now`.
    func check(_ claims: [String: JSONValue], now: Instant) throws(PackagingError) -> CheckedClaims {
        try checkIssuer(claims)
        try checkAudience(claims)
        guard let expiresAt = try instant("exp", claims) else {
            throw TokenFault.invalid.error("has no expiry (\"exp\")")
        }
        guard let issuedAt = try instant("iat", claims) else {
            throw TokenFault.invalid.error("does not say when it was issued (\"iat\")")
        }
        guard expiresAt > issuedAt else { throw TokenFault.invalid.error("expires before it was issued") }
        guard expiresAt - issuedAt <= Self.longestLife else {
            throw TokenFault.invalid.error("lives longer than 90 days")
        }
        let checked = CheckedClaims(
            claims: TokenClaims(
                tenant: try name("tenant", claims),
                principal: try principal(claims),
                scopes: try scopes(claims),
                id: try identifier(claims),
                issuedAt: issuedAt,
                expiresAt: expiresAt
            ),
            validFrom: max(issuedAt, try instant("nbf", claims) ?? issuedAt)
        )
        try checked.checkTime(now)
        return checked
    }

    private func checkIssuer(_ claims: [String: JSONValue]) throws(PackagingError) {
        guard let value = claims["iss"]?.text else { throw TokenFault.invalid.error("names no issuer (\"iss\")") }
        guard value.isExactly(issuer) else {
            throw TokenFault.invalid.error("is of another issuer (\"iss\") than \"\(issuer)\"")
        }
    }

    private func checkAudience(_ claims: [String: JSONValue]) throws(PackagingError) {
        let names: [String?]
        switch claims["aud"] {
        case nil: throw TokenFault.invalid.error("names no audience (\"aud\")")
        case .text(let name): names = [name]
        case .list(let values): names = values.map(\.text)
        default: names = [nil]
        }
        guard names.allSatisfy({ $0 != nil }), names.contains(where: { $0?.isExactly(audience) == true }) else {
            throw TokenFault.invalid.error("is for another audience (\"aud\") than \"\(audience)\"")
        }
    }

    private func instant(_ name: String, _ claims: [String: JSONValue]) throws(PackagingError) -> Instant? {
        guard let value = claims[name] else { return nil }
        // Up to the year 9999. Issuers may send parts of a second (RFC 7519, section 2).
        guard let seconds = value.number, (0..<253_402_300_800).contains(seconds) else {
            throw TokenFault.invalid.error("has a time (\"\(name)\") that is no number of seconds since 1970")
        }
        return Instant(microseconds: Int64(seconds * 1_000_000))
    }

    /// A user that is there and wrong is an error, never no user: that would make a service of it, which has all projects.
    private func principal(_ claims: [String: JSONValue]) throws(PackagingError) -> Principal {
        if claims["user"] != nil { return .user(try name("user", claims)) }
        return .service(try name("sub", claims))
    }

    private func name(_ claim: String, _ claims: [String: JSONValue]) throws(PackagingError) -> String {
        guard let value = claims[claim] else { throw TokenFault.invalid.error("has no \"\(claim)\"") }
        guard let name = value.text else { throw TokenFault.invalid.error("has a \"\(claim)\" that is not text") }
        guard !LineText.isBlank(name) else { throw TokenFault.invalid.error("has an empty \"\(claim)\"") }
        guard name.count <= Principal.maximumNameLength else {
            throw TokenFault.invalid.error(
                "has a \"\(claim)\" of more than \(Principal.maximumNameLength) characters"
            )
        }
        if let problem = LineText.problem(in: name) {
            throw TokenFault.invalid.error("has a \"\(claim)\" that \(problem)")
        }
        return name
    }

    private func identifier(_ claims: [String: JSONValue]) throws(PackagingError) -> String? {
        claims["jti"] == nil ? nil : try name("jti", claims)
    }

    /// Words that are not ours belong to other services of the issuer.
    private func scopes(_ claims: [String: JSONValue]) throws(PackagingError) -> Set<Scope> {
        if let value = claims["scopes"] {
            guard let words = value.list?.map(\.text), words.allSatisfy({ $0 != nil }) else {
                throw TokenFault.invalid.error("has \"scopes\" that are not a list of words")
            }
            return Set(words.compactMap { $0.flatMap(Scope.init) })
        }
        guard let value = claims["scope"] else { return [] }
        guard let line = value.text else { throw TokenFault.invalid.error("has a \"scope\" that is not text") }
        return Set(line.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
    }
}

/// Claims that are right except for the time, which goes on.
struct CheckedClaims: Sendable, Hashable {
    var claims: TokenClaims
    /// The time from which the token counts: `nbf`, or `iat` where that is later.
    var validFrom: Instant

    func checkTime(_ now: Instant) throws(PackagingError) {
        guard now < claims.expiresAt + TokenRules.leeway else {
            throw TokenFault.expired.error("expired at \(claims.expiresAt)", hint: "Get a new one.")
        }
        guard validFrom <= now + TokenRules.leeway else {
            throw TokenFault.notYetValid.error(
                "is valid from \(validFrom) on",
                hint: "Compare the clock of the issuer with this server's."
            )
        }
    }
}

extension String {
    /// Whether both are the same bytes. Swift's own equality takes some different characters for one.
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
