/// One act of a caller, or one login that failed.
package struct AuditEntry: Sendable, Hashable {
    /// Its number. Later entries have larger ones.
    package var id: Int64
    /// When it was.
    package var at: Instant
    /// The tenant's name; empty where a login failed that named none.
    package var tenant: String
    /// Who called; empty where a login failed.
    package var actor: String
    /// The method, such as `Packaging/CreateAll`.
    package var method: String
    /// What the request named.
    package var target: String
    /// `OK`, or the code and perhaps the reason.
    package var outcome: String
    /// The name of the call in the log.
    package var callID: String
    /// Where it came from.
    package var peer: String

    /// The longest texts that are kept of what a caller sends, in characters.
    package static let maximumTextLength = 256

    /// An entry; `id` and `at` are the database's for a new one.
    package init(
        id: Int64 = 0,
        at: Instant = Instant(microseconds: 0),
        tenant: String = "",
        actor: String,
        method: String,
        target: String,
        outcome: String,
        callID: String,
        peer: String
    ) {
        self.id = id
        self.at = at
        self.tenant = tenant
        self.actor = actor
        self.method = method
        self.target = target
        self.outcome = outcome
        self.callID = callID
        self.peer = peer
    }
}
