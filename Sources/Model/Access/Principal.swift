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

    /// The kind in the database: `user`, `service` or `operator`.
    package var kind: String {
        switch self {
        case .user: "user"
        case .service: "service"
        case .localOperator: "operator"
        }
    }

    /// The name, without the kind.
    package var name: String {
        switch self {
        case .user(let name), .service(let name): name
        case .localOperator: "operator"
        }
    }

    /// The principal with this kind and name; nil if there is no such kind.
    package init?(kind: String, name: String) {
        switch kind {
        case "user": self = .user(name)
        case "service": self = .service(name)
        case "operator": self = .localOperator
        default: return nil
        }
    }

    /// Reads `user:NAME`, `service:NAME`, or a bare name, which is a user's. Nil for an empty name.
    package init?(_ text: String) {
        if text.hasPrefix("service:") {
            self = .service(String(text.dropFirst("service:".count)))
        } else {
            self = .user(text.hasPrefix("user:") ? String(text.dropFirst("user:".count)) : text)
        }
        if name.isEmpty { return nil }
    }

    /// What is wrong with a name: the end of a sentence that names it. Nil if nothing is.
    package static func problem(inName name: String) -> String? {
        if LineText.isBlank(name) { return "is empty" }
        if name.count > maximumNameLength { return "has more than \(maximumNameLength) characters" }
        return LineText.problem(in: name)
    }

    /// Whether both are the same, byte for byte, as the database compares names. Two texts that Unicode calls equal, such as
    /// "é" in one scalar and in two, are two users there.
    package static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.name.utf8.elementsEqual(right.name.utf8)
    }

    /// Hashes the bytes that are compared.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        for byte in name.utf8 { hasher.combine(byte) }
    }

    /// `user:NAME`, `service:NAME` or `operator`.
    package var description: String {
        switch self {
        case .user(let name): "user:\(name)"
        case .service(let name): "service:\(name)"
        case .localOperator: "operator"
        }
    }
}
