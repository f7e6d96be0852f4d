internal import Concurrency
package import Model
internal import Synchronization
internal import Tokens

/// What a caller proved: who calls, and for how long that holds. Calls that run stand on it.
package final class Authority: Sendable {
    private struct State {
        /// Whether a certificate proves it, and not a token.
        var isCertificate = false
        var expiresAt: Instant?
        var tokenID: String?
        var issuedAt: Instant?
        var end: PackagingError?
        var renewals = 0
    }

    /// Who calls.
    package let caller: Caller
    private let state: Mutex<State>

    /// An authority without an end: the local operator's.
    init(_ caller: Caller) {
        self.caller = caller
        state = Mutex(State())
    }

    /// The authority of a token.
    init(_ caller: Caller, _ claims: TokenClaims) {
        self.caller = caller
        state = Mutex(State(expiresAt: claims.expiresAt, tokenID: claims.id, issuedAt: claims.issuedAt))
    }

    /// The authority of a client certificate that holds between these times.
    init(_ caller: Caller, certificateSince since: Instant, until: Instant) {
        self.caller = caller
        state = Mutex(State(isCertificate: true, expiresAt: until, issuedAt: since))
    }

    /// When it ends by itself; nil if it does not.
    package var expiresAt: Instant? { state.withLock { $0.expiresAt } }

    /// Goes on with a later token of the same caller, if it allows the same.
    ///
    /// - Returns: Whether that is so. If not, nothing has changed.
    func renew(_ other: Authority) -> Bool {
        guard caller.tenant == other.caller.tenant, caller.id == other.caller.id,
            caller.scopes == other.caller.scopes
        else { return false }
        let new = other.state.withLock { $0 }
        return state.withLock { state in
            // What has ended stays so: its calls are ending.
            guard state.end == nil else { return false }
            let renewals = state.renewals + 1
            state = new
            state.renewals = renewals
            return true
        }
    }

    /// How often another token took the place of the one before.
    var renewals: Int { state.withLock { $0.renewals } }

    /// Ends it, because another took its place.
    func replace(by reason: PackagingError) { state.withLock { $0.end = $0.end ?? reason } }

    /// Why it does not hold any more; nil if it does.
    func problem(at now: Instant, _ revoked: RevocationList?) -> PackagingError? {
        state.withLock { state in
            if let end = state.end { return end }
            if let expiresAt = state.expiresAt, now >= expiresAt {
                return state.isCertificate ? .certificateExpired : .tokenExpired
            }
            if let revoked, let issuedAt = state.issuedAt,
                revoked.refuses(caller.principal, tokenID: state.tokenID, issuedAt: issuedAt)
            {
                return state.isCertificate ? .certificateRevoked : .tokenRevoked
            }
            return nil
        }
    }
}

/// One call that stands on an authority, and perhaps on a role on a project.
package final class AdmittedCall: Sendable {
    /// What the call stands on.
    package let authority: Authority
    /// Settled with the reason when the call has to end.
    let ended = Deferred<Void>()
    private let state = Mutex(State())

    private struct State {
        var need: Need?
        var look: Look?
    }

    /// What a call was last looked at with.
    struct Look: Sendable, Hashable {
        /// The version of the tenant's revocations and grants.
        var version: Int64
        /// Which of the authority's tokens it was.
        var renewals: Int
    }

    /// A role that a call stands on.
    struct Need: Sendable, Hashable {
        var project: ProjectID
        var role: ProjectRole
    }

    init(_ authority: Authority) { self.authority = authority }

    /// The project that the call works on and the role that its user needs there; nil if it needs none.
    var need: Need? {
        get { state.withLock { $0.need } }
        set { state.withLock { $0 = State(need: newValue, look: nil) } }
    }

    /// With what the call was last looked at; nil if it never was with what it needs now. A call may begin on knowledge that
    /// is older than the last look at others, so each has its own.
    var look: Look? { state.withLock { $0.look } }

    /// Remembers that the call was looked at, unless it needs something else by now.
    func looked(_ look: Look, _ need: Need?) {
        state.withLock { state in
            if state.need == need { state.look = look }
        }
    }

    /// Ends the call with `reason`.
    func end(_ reason: PackagingError) { ended.settle(.failure(reason)) }
}
