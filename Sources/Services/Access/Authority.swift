internal import Concurrency
package import Model
internal import Synchronization
internal import Tokens

/// What a caller proved: who calls, and for how long that holds. Calls that run stand on it.
package final class Authority: Sendable {
    private struct State {
        var expiresAt: Instant?
        var tokenID: String?
        var issuedAt: Instant?
        var end: PackagingError?
    }

    /// Who calls.
    package let caller: Caller
    private let state: Mutex<State>

    /// An authority without a token, and so without an end: the local operator's, or that of a certificate.
    init(_ caller: Caller) {
        self.caller = caller
        state = Mutex(State())
    }

    /// The authority of a token.
    init(_ caller: Caller, _ claims: TokenClaims) {
        self.caller = caller
        state = Mutex(State(expiresAt: claims.expiresAt, tokenID: claims.id, issuedAt: claims.issuedAt))
    }

    /// When it ends by itself; nil if it does not.
    package var expiresAt: Instant? { state.withLock { $0.expiresAt } }

    /// Goes on with a later token of the same caller, if it allows no less.
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
            state = new
            return true
        }
    }

    /// Ends it, because another took its place.
    func replace(by reason: PackagingError) { state.withLock { $0.end = $0.end ?? reason } }

    /// Why it does not hold any more; nil if it does.
    func problem(at now: Instant, _ revoked: RevocationList?) -> PackagingError? {
        state.withLock { state in
            if let end = state.end { return end }
            if let expiresAt = state.expiresAt, now >= expiresAt { return .tokenExpired }
            if let revoked, let issuedAt = state.issuedAt,
                revoked.refuses(caller.principal, tokenID: state.tokenID, issuedAt: issuedAt)
            {
                return .tokenRevoked
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
    private let needed = Mutex<(project: ProjectID, role: ProjectRole)?>(nil)

    init(_ authority: Authority) { self.authority = authority }

    /// The project that the call works on and the role that its user needs there; nil if it needs none.
    var need: (project: ProjectID, role: ProjectRole)? {
        get { needed.withLock { $0 } }
        set { needed.withLock { $0 = newValue } }
    }

    /// Ends the call with `reason`.
    func end(_ reason: PackagingError) { ended.settle(.failure(reason)) }
}
