import Glibc
import Model
import Services
import TTRPC

/// Finds out who calls, and lets a call run only if its caller may do that.
///
/// What proves a caller, the first that there is: the token in the call's metadata, the token that the connection was given,
/// the client certificate, the user of the process at the other end of the Unix socket. A proof that is sent counts even if it
/// is wrong: nobody falls back to what the connection would be without it.
struct Identity: Sendable {
    private let access: AccessService
    private let operatorUID: UInt32

    init(access: AccessService, operatorUID: UInt32 = geteuid()) {
        self.access = access
        self.operatorUID = operatorUID
    }

    // MARK: Admission

    /// Runs `handler` if the caller of the call may do that, and for as long as the caller may.
    func admit(
        _ context: CallContext,
        _ handler: @escaping @Sendable () async throws -> [UInt8]?
    ) async throws -> [UInt8]? {
        guard let rule = CallRule.all[context.method] else {
            throw PackagingError(.internal, "method \"\(context.method)\" has no rule")
        }
        if rule.audience == .anybody { return try await handler() }
        let authority = try await authority(of: context)
        let caller = authority.caller
        context.notes["caller"] = caller.principal.description
        context.notes["tenant"] = caller.tenantName
        do {
            try checkTenant(context, caller)
            try rule.check(caller)
            let reply = try await access.run(as: authority) { call in
                let facts = ["caller": caller.principal.description, "tenant": caller.tenantName]
                return try await Admitted.$current.withValue(Admitted(call: call, rule: rule)) {
                    try await LogFacts.$current.withValue(LogFacts.current.merging(facts) { $1 }) {
                        try await handler()
                    }
                }
            }
            await audit(context, rule, caller, nil)
            return reply
        } catch {
            await audit(context, rule, caller, error)
            throw error
        }
    }

    private func audit(_ context: CallContext, _ rule: CallRule, _ caller: Caller, _ error: (any Error)?) async {
        let outcome = AuditOutcome(error)
        guard rule.isAudited || outcome.isDenied else { return }
        let entry = AuditEntry(
            actor: caller.principal.description,
            method: context.method.split(separator: ".").last.map(String.init) ?? context.method,
            target: context.notes["target"] ?? "",
            outcome: outcome.description,
            callID: context.callID,
            peer: context.peer.address
        )
        // The call may be cancelled and this task with it. What it did is written all the same.
        await Task { [access] in await access.record(entry, tenant: caller.tenant) }.value
    }

    // MARK: For handlers

    /// The caller of a call that names no project.
    func caller(of context: CallContext) throws(PackagingError) -> Caller {
        let admitted = try admitted(context)
        guard admitted.rule.role == nil else {
            throw PackagingError(.internal, "method \"\(context.method)\" does not look at the caller's role")
        }
        return admitted.call.authority.caller
    }

    /// The caller of a call that names `thing`. A user has the role there that the method requires.
    ///
    /// - Parameter scope: Who has this scope needs no role.
    /// - Throws: The error of an id that does not exist, if the user has no role there; ``PackagingError`` with code
    ///   `permissionDenied` if the role does not reach.
    func caller(
        of context: CallContext,
        on thing: NamedThing,
        unless scope: Scope? = nil
    ) async throws(PackagingError) -> Caller {
        let admitted = try admitted(context)
        context.notes["target"] = String(thing.reference.prefix(80))
        let caller = admitted.call.authority.caller
        if let scope, caller.scopes.contains(scope) { return caller }
        if let role = admitted.rule.role { try await access.check(role, on: thing, admitted.call) }
        return caller
    }

    private func admitted(_ context: CallContext) throws(PackagingError) -> Admitted {
        guard let admitted = Admitted.current else {
            throw PackagingError(.internal, "method \"\(context.method)\" was called without admission")
        }
        return admitted
    }

    // MARK: Who calls

    /// Takes a token for all later calls of the connection.
    func authenticate(_ token: String, _ context: CallContext) async throws(PackagingError) -> Authority {
        let old = context.connection[ConnectionLogin.self]
        do throws(PackagingError) {
            let new = try await access.authority(of: token, from: context.peer.address, callID: context.callID)
            let counting = access.replace(old?.authority, with: new)
            context.connection[ConnectionLogin.self] = .accepted(counting)
            context.notes["caller"] = counting.caller.principal.description
            context.notes["tenant"] = counting.caller.tenantName
            return counting
        } catch {
            // What cannot be known now leaves the connection as it was.
            guard error.code == .unauthenticated || error.code == .resourceExhausted else { throw error }
            context.connection[ConnectionLogin.self] = .refused
            if let authority = old?.authority { access.end(authority) }
            throw error
        }
    }

    private func authority(of context: CallContext) async throws(PackagingError) -> Authority {
        let (peer, tokens) = (context.peer.address, context.metadata.values(for: "authorization"))
        if !tokens.isEmpty {
            // Of two, none is right: another program may look at the other one.
            let token = tokens.count == 1 ? Self.bearer(tokens[0]) : nil
            return try await access.authority(of: token ?? "", from: peer, callID: context.callID)
        }
        switch context.connection[ConnectionLogin.self] {
        case .accepted(let authority):
            try await access.check(authority)
            return authority
        case .refused: throw .tokenInvalid
        case nil: break
        }
        switch context.peer {
        case .tcp(_, let subject?):
            return try await access.authority(
                ofCertificateFor: subject.organizations.count == 1 ? subject.organizations[0] : "",
                service: subject.commonNames.count == 1 ? subject.commonNames[0] : "",
                units: subject.units,
                valid: (since: subject.validSince, until: subject.validUntil),
                from: peer,
                callID: context.callID
            )
        case .unix(_, operatorUID, _):
            return try await access.operatorAuthority(in: context.metadata["tenant"] ?? "local")
        case .unix, .tcp:
            throw .tokenRequired
        }
    }

    /// Only the operator chooses a tenant. A caller may name its own, as clients with settings for both do.
    private func checkTenant(_ context: CallContext, _ caller: Caller) throws(PackagingError) {
        if caller.principal == .localOperator { return }
        if let name = context.metadata["tenant"], name != caller.tenantName, name != caller.tenant.description {
            throw PackagingError(
                .permissionDenied,
                "the caller does not act for tenant \"\(name.prefix(80))\"",
                reason: "TENANT_MISMATCH",
                hint: "A token decides its tenant. Do not name one."
            )
        }
    }

    /// The token in the value of `authorization`; nil if it has another form (RFC 6750).
    static func bearer(_ value: String) -> String? {
        let words = value.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}

/// The call that the running task answers.
private struct Admitted: Sendable {
    let call: AdmittedCall
    let rule: CallRule

    @TaskLocal static var current: Admitted?
}

/// What became of the last token that a connection was given.
private enum ConnectionLogin: ConnectionValueKey, Sendable {
    typealias Value = Self

    case accepted(Authority)
    /// All calls are refused until another token is taken.
    case refused

    var authority: Authority? {
        if case .accepted(let authority) = self { authority } else { nil }
    }
}

/// How a call ended, in the words of the audit.
struct AuditOutcome: Hashable, CustomStringConvertible {
    /// Whether the caller may not do that.
    let isDenied: Bool
    /// `OK`, or the code and perhaps the reason.
    let description: String

    init(_ error: (any Error)?) {
        guard let error else {
            (isDenied, description) = (false, "OK")
            return
        }
        let failure = error as? PackagingError
        let code: PackagingError.Code = failure?.code ?? (error is CancellationError ? .cancelled : .internal)
        isDenied = code == .permissionDenied
        let reason = failure?.reason ?? ""
        description = code.upperCase + (reason.isEmpty ? "" : ": \(reason)")
    }
}

extension PackagingError.Code {
    /// gRPC's name, such as `NOT_FOUND`.
    fileprivate var upperCase: String {
        "\(self)".reduce(into: "") { name, letter in
            if letter.isUppercase { name += "_" }
            name += letter.uppercased()
        }
    }
}

extension Peer {
    /// Where a call comes from, without what differs between two connections: `10.0.0.7`, or `uid:1000`.
    var address: String { PeerKey.words(for: self) }
}
