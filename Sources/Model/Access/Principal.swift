/// Who calls, within a tenant. The names are those of tokens and certificates.
package enum Principal: Sendable, Hashable, CustomStringConvertible {
    /// A person, named by the claim `user` of a token. A user needs a role on a project.
    case user(String)
    /// Another program of the tenant, named by a token without a user, or by a client certificate. It has all projects.
    case service(String)
    /// The daemon's own user on its Unix socket.
    case localOperator

    /// The longest name that a user or a service may have, in characters.
    package static let maximumNameLength = 256

    /// `user:NAME`, `service:NAME` or `operator`.
    package var description: String {
        switch self {
        case .user(let name): "user:\(name)"
        case .service(let name): "service:\(name)"
        case .localOperator: "operator"
        }
    }
}
