package import Model
package import Store

/// Knows the tenants.
package struct TenantService: Sendable {
    let tenants: TenantStore

    /// A service over `tenants`.
    package init(tenants: TenantStore) {
        self.tenants = tenants
    }

    /// The tenant with this name or id, and what it uses of its plan now.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if there is none.
    package func usage(of name: String) async throws(PackagingError) -> (tenant: Tenant, usage: TenantUsage) {
        guard let tenant = try await tenants.tenant(named: name) else { throw .nothing(.tenant, name) }
        return (tenant, try await tenants.usage(of: tenant.id))
    }
}
