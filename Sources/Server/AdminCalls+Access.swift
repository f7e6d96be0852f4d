import Model
import PackagingMessages
import Protobuf
import Services
import TTRPC

extension AdminCalls {
    func revokeToken(_ request: RevokeTokenRequest, context: CallContext) async throws -> PackagingMessages.Revocation {
        let caller = try identity.caller(of: context)
        context.notes["target"] = String(request.tokenID.prefix(80))
        let (tenant, _) = try await access.tenant(named: request.tenant, for: caller)
        let revocation = try await access.revoke(
            token: request.tokenID,
            until: try request.expiresAt.map { try Instant(wire: $0, field: "expires_at") },
            in: tenant,
            by: caller
        )
        return PackagingMessages.Revocation(revocation)
    }

    func revokeUser(_ request: RevokeUserRequest, context: CallContext) async throws -> PackagingMessages.Revocation {
        let caller = try identity.caller(of: context)
        context.notes["target"] = String(request.user.prefix(80))
        let (tenant, _) = try await access.tenant(named: request.tenant, for: caller)
        let revocation = try await access.revoke(
            principal: request.user,
            issuedBefore: try request.issuedBefore.map { try Instant(wire: $0, field: "issued_before") },
            in: tenant,
            by: caller
        )
        return PackagingMessages.Revocation(revocation)
    }

    func listRevocations(
        _ request: ListRevocationsRequest,
        context: CallContext
    ) async throws -> ListRevocationsReply {
        let caller = try identity.caller(of: context)
        let (tenant, _) = try await access.tenant(named: request.tenant, for: caller)
        let (revocations, next) = try await access.revocations(
            size: request.pageSize,
            token: request.pageToken,
            in: tenant
        )
        return ListRevocationsReply(
            revocations: revocations.map(PackagingMessages.Revocation.init),
            nextPageToken: next
        )
    }

    func listAudit(_ request: ListAuditRequest, context: CallContext) async throws -> ListAuditReply {
        let caller = try identity.caller(of: context)
        let isOfAll = request.tenant.isEmpty && caller.principal == .localOperator
        let tenant = isOfAll ? nil : try await access.tenant(named: request.tenant, for: caller)
        let (entries, next) = try await access.audit(
            size: request.pageSize,
            token: request.pageToken,
            in: tenant.map { (id: $0.0, name: $0.1) }
        )
        return ListAuditReply(
            entries: entries.map { entry in
                PackagingMessages.AuditEntry(
                    id: entry.id,
                    at: ProtoTimestamp(entry.at),
                    actor: entry.actor,
                    method: entry.method,
                    target: entry.target,
                    outcome: entry.outcome,
                    tenant: entry.tenant,
                    callID: entry.callID,
                    peer: entry.peer
                )
            },
            nextPageToken: next
        )
    }
}

extension PackagingMessages.Revocation {
    fileprivate init(_ model: Model.Revocation) {
        self.init(createdAt: ProtoTimestamp(model.createdAt), createdBy: model.createdBy)
        switch model.subject {
        case .token(let id, let expiresAt):
            subject = .tokenID(id)
            self.expiresAt = ProtoTimestamp(expiresAt)
        case .principal(let principal, let issuedBefore):
            subject = .user(principal.description)
            self.issuedBefore = ProtoTimestamp(issuedBefore)
        }
    }
}

extension Instant {
    /// - Throws: ``PackagingError`` with code `invalidArgument` for a time out of all bounds.
    fileprivate init(wire: ProtoTimestamp, field: String) throws(PackagingError) {
        // From 1970 to 9999.
        guard (0...253_402_300_799).contains(wire.seconds), (0...999_999_999).contains(wire.nanos) else {
            throw .invalid(field, "is no time between 1970 and 9999")
        }
        self.init(microseconds: wire.seconds * 1_000_000 + Int64(wire.nanos) / 1000)
    }
}
