/// Who calls, for which tenant, and what that caller may do.
package struct Caller: Sendable, Hashable {
    /// The tenant whose data the caller reads and changes.
    package var tenant: TenantID
    /// The tenant's name, for logs.
    package var tenantName: String
    /// Who it is.
    package var principal: Principal
    /// The caller's row, which created_by refers to.
    package var id: UserID
    /// What the caller may do. The local operator has all scopes.
    package var scopes: Set<Scope>

    /// A caller with these values.
    package init(
        tenant: TenantID,
        tenantName: String,
        principal: Principal,
        id: UserID,
        scopes: Set<Scope>
    ) {
        self.tenant = tenant
        self.tenantName = tenantName
        self.principal = principal
        self.id = id
        self.scopes = scopes
    }

    /// The user's id if the caller is a user, who needs a role on each project; nil for services and the operator.
    package var userNeedingRole: UserID? {
        if case .user = principal { id } else { nil }
    }
}
