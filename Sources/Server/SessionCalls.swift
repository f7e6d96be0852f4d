import Model
import PackagingMessages
import Protobuf
import Services
import TTRPC

/// The calls of the service `Session`.
struct SessionCalls: SessionHandler {
    let identity: Identity

    func authenticate(_ request: AuthenticateRequest, context: CallContext) async throws -> AuthenticateReply {
        let authority = try await identity.authenticate(request.token, context)
        let caller = authority.caller
        return AuthenticateReply(
            tenantID: caller.tenant.description,
            userID: caller.id.description,
            scopes: caller.scopes.sorted().map(\.rawValue),
            expiresAt: authority.expiresAt.map(ProtoTimestamp.init),
            tenant: caller.tenantName,
            caller: caller.principal.description
        )
    }
}
