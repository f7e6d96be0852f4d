extension PackagingError {
    /// The error for a user whose role on a project does not reach.
    package static func roleRequired(_ role: ProjectRole, on what: String) -> Self {
        Self(
            .permissionDenied,
            "this needs the role \"\(role.rawValue)\" on \(what)",
            reason: "ROLE_REQUIRED",
            hint: "Ask an owner of the project for it.",
            metadata: ["role": role.rawValue]
        )
    }

    /// The error for a caller whose token does not have a scope.
    package static func scopeRequired(_ scope: Scope) -> Self {
        Self(
            .permissionDenied,
            "this needs the scope \"\(scope.rawValue)\"",
            reason: "SCOPE_REQUIRED",
            hint: "Ask for a token that has it.",
            metadata: ["scope": scope.rawValue]
        )
    }

    /// The error for what only the daemon's own user may do.
    package static let operatorOnly = Self(
        .permissionDenied,
        "only the local operator may do this",
        reason: "OPERATOR_ONLY",
        hint: "Call as the user that runs the daemon, over its Unix socket."
    )

    /// The error for a caller who is not known and sent nothing to be known by.
    package static let tokenRequired = Self(
        .unauthenticated,
        "the caller is not known",
        reason: "TOKEN_REQUIRED",
        hint: "Send a token, or call as the user that runs the daemon, over its Unix socket."
    )

    /// The error for a token that was revoked.
    package static let tokenRevoked = Self(
        .unauthenticated,
        "the token was revoked",
        reason: "TOKEN_REVOKED",
        hint: "Ask for a new token."
    )

    /// The error for a token whose time is over.
    package static let tokenExpired = Self(
        .unauthenticated,
        "the token has expired",
        reason: "TOKEN_EXPIRED",
        hint: "Ask for a new token."
    )

    /// The error for a client certificate of a service whose certificates were revoked.
    package static let certificateRevoked = Self(
        .unauthenticated,
        "the client certificate was revoked",
        reason: "CERTIFICATE_REVOKED",
        hint: "Connect with one that was made after that."
    )

    /// The error for a client certificate that has ended while its connection was open.
    package static let certificateExpired = Self(
        .unauthenticated,
        "the client certificate has ended",
        reason: "CERTIFICATE_EXPIRED",
        hint: "Connect again with a newer one."
    )

    /// The error for a right token that names no tenant of this installation. It looks like any other token that is not
    /// ours, so that nobody learns which tenants there are.
    package static let tokenInvalid = Self(
        .unauthenticated,
        "the token is not valid here",
        reason: "TOKEN_INVALID",
        hint: "Ask for a token of this service."
    )
}
