package import Blobs
package import Model
package import Store

/// Answers questions about packages, hands out their bytes, and keeps or deletes them.
package struct PackageService: Sendable {
    let packages: PackageStore
    let blobs: any BlobStore
    private let projects: ProjectStore
    private let now: @Sendable () -> Instant

    /// How long a link is good, unless its package ends earlier.
    private static let linkLife = Duration.seconds(3600)

    /// A service over these stores.
    ///
    /// - Parameter now: The time from which links are counted.
    package init(
        packages: PackageStore,
        projects: ProjectStore,
        blobs: any BlobStore,
        now: @escaping @Sendable () -> Instant
    ) {
        self.packages = packages
        self.projects = projects
        self.blobs = blobs
        self.now = now
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

    /// A link to a package's bytes, good for an hour and never longer than the package.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package; `failedPrecondition` (reason
    ///   `NO_GATEWAY`) if the blob store has no links of its own and no gateway serves them.
    package func link(to reference: String, tenant: TenantID) async throws(PackagingError) -> PackageLink {
        let package = try await package(reference, tenant: tenant)
        // Stores count whole seconds.
        let end = min(now() + Self.linkLife, package.expiresAt).microseconds / 1_000_000 * 1_000_000
        let terms = LinkTerms(
            expiresAt: Instant(microseconds: end),
            fileName: package.fileName,
            mediaType: package.format.mediaType
        )
        let url: String?
        do throws(BlobError) {
            url = try await blobs.link(to: package.location, terms)
        } catch {
            throw error.packagingError
        }
        guard let url else {
            throw PackagingError(
                .failedPrecondition,
                "cannot make a link to package \"\(package.id)\": no gateway serves this daemon's blob store",
                reason: "NO_GATEWAY",
                hint: "Call Download, or run \"packctl download \(package.id)\"."
            )
        }
        return PackageLink(url: url, expiresAt: terms.expiresAt)
    }
}

/// A link by which anybody can download a package until it expires.
package struct PackageLink: Sendable, Hashable {
    /// The URL. It is a proof: whoever has it needs no token.
    package var url: String
    /// The time from which on it is refused.
    package var expiresAt: Instant
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
