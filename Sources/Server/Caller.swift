import Glibc
import Model
import Services
import TTRPC

/// The tenant, and perhaps the user, on whose behalf a call acts.
struct Caller: Sendable, Hashable {
    /// The tenant whose data the call reads and changes.
    var tenant: TenantID
    /// The user, if a token names one; always nil as long as there are no tokens.
    var user: UserID?
}

/// Finds out on whose behalf a call acts.
///
/// On the Unix socket, a peer with the daemon's own user is the local operator and may name any tenant. Every other
/// peer would need a token, and tokens are not built yet, so it is refused.
struct Identity: Sendable {
    private let tenants: TenantService
    private let operatorUID = geteuid()

    init(tenants: TenantService) {
        self.tenants = tenants
    }

    /// The caller of the call with this context.
    ///
    /// - Throws: ``PackagingError`` with code `unauthenticated` for a peer that is not the local operator, `notFound` for a
    ///   tenant that does not exist.
    func caller(of context: CallContext) async throws -> Caller {
        switch context.peer {
        case .unix(_, operatorUID, _):
            let name = context.metadata["tenant"] ?? "local"
            context.notes["tenant"] = String(name.prefix(80))
            return Caller(tenant: try await tenants.id(of: name), user: nil)
        case .unix, .tcp:
            throw PackagingError(
                .unauthenticated,
                "the caller is not known",
                reason: "TOKEN_REQUIRED",
                hint: "Call as the user that runs the daemon, over its Unix socket."
            )
        }
    }

    /// Makes sure that the caller is the local operator.
    ///
    /// - Throws: ``PackagingError`` with code `permissionDenied` for everyone else, whatever token they have.
    func checkOperator(_ context: CallContext) throws(PackagingError) {
        if case .unix(_, operatorUID, _) = context.peer { return }
        throw PackagingError(
            .permissionDenied,
            "only the local operator may do this",
            reason: "OPERATOR_ONLY",
            hint: "Call as the user that runs the daemon, over its Unix socket."
        )
    }
}
