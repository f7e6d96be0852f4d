public import Model
public import Store

/// Knows the tenants.
public struct TenantService: Sendable {
    let tenants: TenantStore

    /// A service over `tenants`.
    public init(tenants: TenantStore) {
        self.tenants = tenants
    }

    /// The id of the tenant with this name or id.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if there is none.
    public func id(of name: String) async throws(PackagingError) -> TenantID {
        // Every call asks for the tenant, and every database has this one.
        if name == "local" { return Tenant.localID }
        guard let tenant = try await tenants.tenant(named: name) else {
            throw PackagingError(.notFound, "tenant \"\(name.prefix(80))\" does not exist")
        }
        return tenant.id
    }
}
