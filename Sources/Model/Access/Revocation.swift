/// What is refused though its time is not over.
package struct Revocation: Sendable, Hashable {
    /// What is refused.
    package enum Subject: Sendable, Hashable {
        /// The token with this jti; forgotten at its end.
        case token(String, expiresAt: Instant)
        /// The tokens of this user or service that were issued before a time.
        case principal(Principal, issuedBefore: Instant)
    }

    /// What is refused.
    package var subject: Subject
    /// Since when.
    package var createdAt: Instant
    /// By whom; empty where nobody was recorded.
    package var createdBy: String

    /// A revocation with these values.
    package init(subject: Subject, createdAt: Instant, createdBy: String) {
        self.subject = subject
        self.createdAt = createdAt
        self.createdBy = createdBy
    }
}
