package import Model

/// Finds out whether a token is one of ours, and what it says.
package protocol TokenVerifying: Sendable {
    /// Checks the signature, the issuer, the audience and the times of `token`.
    ///
    /// - Throws: ``PackagingError`` with code `unauthenticated` and a reason: `TOKEN_INVALID`, `TOKEN_EXPIRED`,
    ///   `TOKEN_NOT_YET_VALID`, `TOKEN_KEY_UNKNOWN`; `unavailable` (`TOKEN_KEYS_UNAVAILABLE`) where no keys could be fetched
    ///   yet. Neither the message nor the cause quotes the token.
    func verify(_ token: String) async throws(PackagingError) -> TokenClaims
}
