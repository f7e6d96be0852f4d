package import Model

/// What a token says, after its signature, issuer, audience and times were found right.
package struct TokenClaims: Sendable, Hashable {
    /// The tenant's name or id: the claim `tenant`.
    package var tenant: String
    /// The user, or the service where the token names no user: the claim `user`, else `sub`.
    package var principal: Principal
    /// What the holder may do: the claim `scopes`, a list, or `scope`, words with spaces between.
    package var scopes: Set<Scope>
    /// Names the token, so that it can be revoked: the claim `jti`. Nil if it has none.
    package var id: String?
    /// When it was issued: the claim `iat`.
    package var issuedAt: Instant
    /// When it ends: the claim `exp`.
    package var expiresAt: Instant

    /// Claims with these values.
    package init(
        tenant: String,
        principal: Principal,
        scopes: Set<Scope>,
        id: String?,
        issuedAt: Instant,
        expiresAt: Instant
    ) {
        self.tenant = tenant
        self.principal = principal
        self.scopes = scopes
        self.id = id
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }
}
