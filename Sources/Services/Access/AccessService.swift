internal import Concurrency
package import Logging
package import Model
package import Store
internal import Synchronization
package import Tokens

/// Knows who calls and what that caller may do, and ends calls whose caller may not do it any more.
///
/// Verdicts stand on what the database says of revocations and grants. Every daemon reads that anew at least every
/// ``maximumAge``, so what was taken from a caller is refused everywhere within five seconds.
package final class AccessService: Sendable {
    /// The oldest knowledge of revocations on which a verdict may stand.
    static let maximumAge = Duration.seconds(2)
    /// How often running calls are looked at.
    static let interval = Duration.seconds(1)
    /// The most calls of one tenant that may run at once, watches among them. A gateway brings the callers of many tenants
    /// over few connections, so connections do not bound what one tenant takes.
    static let maximumCallsOfTenant = 4096
    /// The most callers whose rows are remembered.
    private static let maximumCallers = 10_000

    private struct Known {
        var list: RevocationList
        var readAt: ContinuousClock.Instant
    }

    private struct State {
        var tenants: [String: (tenant: Tenant, readAt: ContinuousClock.Instant)] = [:]
        var ids: [TenantID: [Principal: UserID]] = [:]
        var idCount = 0
        var revoked: [TenantID: Known] = [:]
        var running: [ObjectIdentifier: AdmittedCall] = [:]
        var callsOfTenants: [TenantID: Int] = [:]
        var failed = FailedLogins()
        var refusals = FailedLogins(burst: 60, pause: .seconds(1))
    }

    let access: AccessStore
    let tenants: TenantStore
    private let verifier: (any TokenVerifying)?
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Instant
    let logger: Logger
    private let state = Mutex(State())

    /// A service over these stores.
    ///
    /// - Parameters:
    ///   - verifier: Checks tokens; nil if none are taken.
    ///   - now: The time by which tokens end.
    package init(
        access: AccessStore,
        tenants: TenantStore,
        verifier: (any TokenVerifying)?,
        clock: any Clock<Duration> = .continuous,
        now: @escaping @Sendable () -> Instant,
        logger: Logger
    ) {
        self.access = access
        self.tenants = tenants
        self.verifier = verifier
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// The time by which tokens end.
    func time() -> Instant { now() }

    // MARK: Who calls

    /// The authority of a token.
    ///
    /// - Parameters:
    ///   - peer: Where the call comes from, without a port: failed logins are counted by it.
    ///   - callID: The name of the call, for the audit.
    /// - Throws: ``PackagingError`` with code `unauthenticated` if the token is not right, has ended or was revoked;
    ///   `resourceExhausted` (reason `LOGIN_LIMIT`) if too many logins from there failed; `unavailable` if that cannot be
    ///   known now.
    package func authority(
        of token: String,
        from peer: String,
        callID: String
    ) async throws(PackagingError) -> Authority {
        do throws(PackagingError) {
            guard let verifier else { throw .tokenInvalid }
            let claims = try await verifier.verify(token)
            guard let tenant = try await tenant(named: claims.tenant) else { throw .tokenInvalid }
            let caller = Caller(
                tenant: tenant.id,
                tenantName: tenant.name,
                principal: claims.principal,
                id: try await id(of: claims.principal, tenant: tenant.id),
                scopes: claims.scopes
            )
            let authority = Authority(caller, claims)
            if let problem = authority.problem(at: now(), try await revocations(of: tenant.id)) { throw problem }
            return authority
        } catch {
            guard error.code == .unauthenticated else { throw error }
            throw await loginFailed(error, from: peer, callID: callID)
        }
    }

    /// The authority of a client certificate: the organisation names the tenant, the common name the service, and the units
    /// are its scopes; without any it may read and package.
    ///
    /// - Parameter valid: The times between which it holds. It began to be the caller's at the first of them: what revokes the
    ///   tokens of the service revokes a certificate that is older, too.
    /// - Throws: ``PackagingError`` with code `unauthenticated` if it names no tenant of ours, has ended or was revoked;
    ///   `resourceExhausted` and `unavailable` as for a token.
    package func authority(
        ofCertificateFor organization: String,
        service: String,
        units: [String],
        valid: (since: Instant, until: Instant),
        from peer: String,
        callID: String
    ) async throws(PackagingError) -> Authority {
        do throws(PackagingError) {
            let principal = Principal.service(service)
            guard Principal.problem(inName: service) == nil, let tenant = try await tenant(named: organization) else {
                throw PackagingError(
                    .unauthenticated,
                    "the client certificate names no caller of this service",
                    reason: "CERTIFICATE_UNKNOWN",
                    hint: "Its organisation (O) is the tenant, and its common name (CN) the service."
                )
            }
            let caller = Caller(
                tenant: tenant.id,
                tenantName: tenant.name,
                principal: principal,
                id: try await id(of: principal, tenant: tenant.id),
                scopes: units.isEmpty ? [.read, .package] : Set(units.compactMap(Scope.init))
            )
            let authority = Authority(caller, certificateSince: valid.since, until: valid.until)
            if let problem = authority.problem(at: now(), try await revocations(of: tenant.id)) { throw problem }
            return authority
        } catch {
            guard error.code == .unauthenticated else { throw error }
            throw await loginFailed(error, from: peer, callID: callID)
        }
    }

    /// The authority of the local operator in the tenant with this name or id.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if there is none.
    package func operatorAuthority(in name: String) async throws(PackagingError) -> Authority {
        guard let tenant = try await tenant(named: name) else { throw .nothing(.tenant, name) }
        return Authority(
            Caller(
                tenant: tenant.id,
                tenantName: tenant.name,
                principal: .localOperator,
                id: try await id(of: .localOperator, tenant: tenant.id),
                scopes: Set(Scope.allCases)
            )
        )
    }

    /// Checks that an authority still holds.
    ///
    /// - Throws: ``PackagingError`` with code `unauthenticated` if not, `unavailable` if that cannot be known now.
    package func check(_ authority: Authority) async throws(PackagingError) {
        let revoked = try await revocations(of: authority.caller.tenant)
        if let problem = authority.problem(at: now(), revoked) { throw problem }
    }

    /// Puts a new authority in the place of a connection's old one.
    ///
    /// - Returns: The authority that counts: the old one, renewed, if the caller is the same.
    package func replace(_ old: Authority?, with new: Authority) -> Authority {
        guard let old else { return new }
        if old.renew(new) { return old }
        end(old)
        return new
    }

    /// Ends an authority, because another took its place, and the calls that stand on it.
    package func end(_ authority: Authority) {
        authority.replace(by: .tokenReplaced)
        let calls = state.withLock { $0.running.values.filter { $0.authority === authority } }
        for call in calls { call.end(.tokenReplaced) }
    }

    /// Whether one more refusal of this caller is to be remembered.
    func countsRefusal(of caller: String) -> Bool {
        state.withLock { $0.refusals.failed(from: caller, at: .now) == .answered }
    }

    private func loginFailed(_ error: PackagingError, from peer: String, callID: String) async -> PackagingError {
        switch state.withLock({ $0.failed.failed(from: peer, at: .now) }) {
        case .answered:
            let entry = AuditEntry(
                actor: "",
                method: "Session/Authenticate",
                target: "",
                outcome: "UNAUTHENTICATED: \(error.reason)",
                callID: callID,
                peer: peer
            )
            await write(entry, nil)
            return error
        case .refused(let retryAfter):
            // A token that was right once is nobody's guess, and its holder needs to know to renew it.
            guard !Self.wereRight.contains(error.reason) else { return error }
            return PackagingError(
                .resourceExhausted,
                "too many logins from here have failed",
                reason: "LOGIN_LIMIT",
                hint: "See that the token is right, and wait before the next call.",
                retryAfter: retryAfter
            )
        }
    }

    /// The reasons for which a token with a right signature is refused.
    private static let wereRight: Set = ["TOKEN_EXPIRED", "TOKEN_REVOKED", "TOKEN_NOT_YET_VALID"]

    private func tenant(named name: String) async throws(PackagingError) -> Tenant? {
        let known = state.withLock { $0.tenants[name] }
        if let known, known.readAt.duration(to: .now) < Self.maximumAge { return known.tenant }
        let found = try await tenants.tenant(named: name)
        state.withLock { state in
            if state.tenants.count >= Self.maximumCallers { state.tenants = [:] }
            state.tenants[name] = found.map { ($0, .now) }
        }
        return found
    }

    private func id(of principal: Principal, tenant: TenantID) async throws(PackagingError) -> UserID {
        if let id = state.withLock({ $0.ids[tenant]?[principal] }) { return id }
        let id = try await access.id(of: principal, tenant: tenant)
        state.withLock { state in
            if state.idCount >= Self.maximumCallers { (state.ids, state.idCount) = ([:], 0) }
            state.ids[tenant, default: [:]][principal] = id
            state.idCount += 1
        }
        return id
    }

    private func revocations(of tenant: TenantID) async throws(PackagingError) -> RevocationList {
        let known = state.withLock { $0.revoked[tenant] }
        if let known, known.readAt.duration(to: .now) < Self.maximumAge { return known.list }
        let begun = ContinuousClock.now
        let list = try await access.revocationList(tenant: tenant)
        state.withLock { state in
            if state.revoked.count >= Self.maximumCallers { state.revoked = [:] }
            state.revoked[tenant] = Known(list: list, readAt: begun)
        }
        return list
    }

    // MARK: What runs

    /// Runs `body` as a call of `authority`, until it ends by itself or the caller may not go on.
    ///
    /// - Throws: What `body` throws, or ``PackagingError`` with the reason why it was ended; code `resourceExhausted` (reason
    ///   `TENANT_CALLS`) if the tenant has too many calls.
    package func run<Value: Sendable>(
        as authority: Authority,
        _ body: @escaping @Sendable (AdmittedCall) async throws -> Value
    ) async throws -> Value {
        let call = AdmittedCall(authority)
        // The operator's authority has no end, so nothing needs to watch it.
        if authority.caller.principal == .localOperator { return try await body(call) }
        try begin(call)
        defer { end(call) }
        if let problem = authority.problem(at: now(), nil) { throw problem }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body(call) }
            group.addTask {
                // Only ever settled with an error.
                try await call.ended.value
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func begin(_ call: AdmittedCall) throws(PackagingError) {
        let tenant = call.authority.caller.tenant
        let isFree = state.withLock { state in
            guard state.callsOfTenants[tenant, default: 0] < Self.maximumCallsOfTenant else { return false }
            state.callsOfTenants[tenant, default: 0] += 1
            state.running[ObjectIdentifier(call)] = call
            return true
        }
        guard isFree else {
            throw PackagingError(
                .resourceExhausted,
                "\(Self.maximumCallsOfTenant) calls of the tenant are running, and no more may at once",
                reason: "TENANT_CALLS",
                hint: "Wait until some have ended.",
                retryAfter: .seconds(1)
            )
        }
    }

    private func end(_ call: AdmittedCall) {
        let tenant = call.authority.caller.tenant
        state.withLock { state in
            state.running[ObjectIdentifier(call)] = nil
            let left = state.callsOfTenants[tenant, default: 1] - 1
            state.callsOfTenants[tenant] = left == 0 ? nil : left
        }
    }

    /// Checks that the caller has a role on the project that a request names, and remembers it: the call ends when the
    /// caller loses the role. Callers who are no users need none.
    ///
    /// - Throws: The error of an id that does not exist, if the user has no role there; ``PackagingError`` with code
    ///   `permissionDenied` if the role does not reach.
    package func check(_ role: ProjectRole, on thing: NamedThing, _ call: AdmittedCall) async throws(PackagingError) {
        let caller = call.authority.caller
        guard let user = caller.userNeedingRole else { return }
        guard let found = try await access.role(of: user, on: thing, tenant: caller.tenant), let has = found.role else {
            throw thing.nothing
        }
        guard has >= role else { throw .roleRequired(role, on: "project \"\(found.project)\"") }
        call.need = AdmittedCall.Need(project: found.project, role: role)
    }

    /// Looks at all running calls again and again until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            // Apart from the other looks, so that tokens end in time though the database stands still.
            group.addTask {
                while (try? await self.clock.sleep(for: Self.interval)) != nil { self.endExpired() }
            }
            group.addTask {
                while (try? await self.clock.sleep(for: Self.interval)) != nil { await self.lookAtCalls() }
            }
        }
    }

    /// Ends the calls whose authority has ended by itself.
    func endExpired() {
        let calls = state.withLock { Array($0.running.values) }
        let now = now()
        for call in calls {
            if let problem = call.authority.problem(at: now, nil) { call.end(problem) }
        }
    }

    /// Ends the calls that may not go on. One look at a tenant's version tells whether anything was taken from anybody.
    func lookAtCalls() async {
        endExpired()
        let calls = state.withLock { Array($0.running.values) }
        let now = now()
        for (tenant, calls) in Dictionary(grouping: calls, by: \.authority.caller.tenant) {
            // While the database is away nothing can be learned, and nothing that a call does goes on there either.
            guard let version = try? await access.version(tenant: tenant, within: Self.maximumAge) else { continue }
            let unseen = calls.compactMap { call in
                let look = AdmittedCall.Look(version: version, renewals: call.authority.renewals)
                return call.look == look ? nil : (call: call, look: look, need: call.need)
            }
            guard !unseen.isEmpty, let revoked = try? await access.revocationList(tenant: tenant) else { continue }
            for (call, look, need) in unseen {
                if let problem = call.authority.problem(at: now, revoked) {
                    call.end(problem)
                } else if await lookAtRole(of: call, need) {
                    call.looked(look, need)
                }
            }
        }
    }

    /// - Returns: Whether the role could be looked up.
    private func lookAtRole(of call: AdmittedCall, _ need: AdmittedCall.Need?) async -> Bool {
        let caller = call.authority.caller
        guard let need, let user = caller.userNeedingRole else { return true }
        do throws(PackagingError) {
            let thing = NamedThing.project(need.project.description)
            let role = try await access.role(of: user, on: thing, tenant: caller.tenant)?.role
            if role.map({ $0 < need.role }) ?? true {
                call.end(.roleRequired(need.role, on: "project \"\(need.project)\""))
            }
            return true
        } catch {
            return false
        }
    }
}

extension PackagingError {
    fileprivate static let tokenReplaced = PackagingError(
        .unauthenticated,
        "another caller took over the connection",
        reason: "TOKEN_REPLACED"
    )
}
