package import Blobs
package import Model
package import Store

/// Answers questions about packages, hands out their bytes, and keeps or deletes them.
package struct PackageService: Sendable {
    let packages: PackageStore
    let blobs: any BlobStore
    private let projects: ProjectStore

    /// A service over these stores.
    package init(packages: PackageStore, projects: ProjectStore, blobs: any BlobStore) {
        self.packages = packages
        self.projects = projects
        self.blobs = blobs
    }

    /// A project's packages, newest first, and the storage that all packages of the tenant use.
    ///
    /// - Parameters:
    ///   - platform: Only packages for this platform are returned; for all platforms when nil.
    ///   - currentOnly: Whether only the current package of each platform is returned.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project.
    package func packages(
        of reference: String,
        platform: Platform?,
        currentOnly: Bool = false,
        _ page: PageRequest,
        tenant: TenantID
    ) async throws(PackagingError) -> (page: Page<StoredPackage>, usage: StorageUsage) {
        guard let project = try await projects.id(of: reference, tenant: tenant) else {
            throw .noProject(reference)
        }
        let found = try await packages.packages(
            project: project,
            platform: platform,
            currentOnly: currentOnly,
            after: try page.cursor(),
            limit: page.limit,
            tenant: tenant
        )
        return (found, try await packages.usage(tenant: tenant))
    }

    /// The package with this id.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has none, or it has expired.
    func package(_ reference: String, tenant: TenantID) async throws(PackagingError) -> StoredPackage {
        guard let id = PackageID(reference), let package = try await packages.package(id, tenant: tenant) else {
            throw .noPackage(reference)
        }
        return package
    }

    /// A link to a package's bytes. This version has no gateway that could serve such a link.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package, else `failedPrecondition`.
    package func link(to reference: String, tenant: TenantID) async throws(PackagingError) -> Never {
        let package = try await package(reference, tenant: tenant)
        throw PackagingError(
            .failedPrecondition,
            "cannot make a link to package \"\(package.id)\": no gateway serves this daemon's blob store",
            reason: "NO_GATEWAY",
            hint: "Call Download, or run \"packctl download \(package.id)\"."
        )
    }
}

extension PackagingError {
    /// The error for an id that names no package of the tenant.
    static func noPackage(_ reference: String) -> Self {
        .nothing(.package, reference)
    }

    /// The error for a package that expired or was deleted while it was read. It has the same code and reason as the
    /// error for a package that never existed.
    static func packageGone(_ id: PackageID) -> Self {
        Self(
            .notFound,
            "package \"\(id)\" does not exist any more",
            reason: "PACKAGE_NOT_FOUND",
            detail: "It expired or was deleted while it was read."
        )
    }
}
