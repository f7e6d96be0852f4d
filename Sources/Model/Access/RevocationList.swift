/// All that is refused of one tenant's tokens at one moment.
package struct RevocationList: Sendable, Hashable {
    /// Rises with each change of revocations and grants.
    package var version: Int64
    /// The ids (jti) of refused tokens.
    package var tokens: Set<String>
    /// The times before which a caller's tokens must not have been issued.
    package var notBefore: [Principal: Instant]

    /// A list of these.
    package init(version: Int64, tokens: Set<String> = [], notBefore: [Principal: Instant] = [:]) {
        self.version = version
        self.tokens = tokens
        self.notBefore = notBefore
    }

    /// Whether a token of `principal`, with this id and time of issue, is refused.
    ///
    /// A token tells its time of issue in whole seconds, so one from the very second of a revocation is refused, too.
    package func refuses(_ principal: Principal, tokenID: String?, issuedAt: Instant) -> Bool {
        if let tokenID, tokens.contains(tokenID) { return true }
        return notBefore[principal].map { issuedAt < $0 } ?? false
    }
}
