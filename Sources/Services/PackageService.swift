public import Blobs
public import Model
public import Store

/// What was made: lists, and the bytes.
public struct PackageService: Sendable {
    private let packages: PackageStore
    private let projects: ProjectStore
    private let blobs: any BlobStore

    /// A service over these stores.
    public init(packages: PackageStore, projects: ProjectStore, blobs: any BlobStore) {
        self.packages = packages
        self.projects = projects
        self.blobs = blobs
    }

    /// A project's packages, newest first, and what the tenant's packages take.
    ///
    /// - Parameter platform: Only this store's; all when nil.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project.
    public func packages(
        of reference: String,
        platform: Platform?,
        _ page: PageRequest,
        tenant: TenantID
    ) async throws(PackagingError) -> (page: Page<StoredPackage>, usage: StorageUsage) {
        guard let project = try await projects.id(of: reference, tenant: tenant) else {
            throw .noProject(reference)
        }
        let found = try await packages.packages(
            project: project,
            platform: platform,
            after: try page.cursor(),
            limit: page.limit,
            tenant: tenant
        )
        return (found, try await packages.usage(tenant: tenant))
    }

    /// Hands the bytes of a package from `offset` on to `receive`, in pieces of at most 256 KiB.
    ///
    /// - Parameter begin: Called once before the first piece.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package, `outOfRange` if the offset lies
    ///   beyond its end, `dataLoss` if the blob store has fewer bytes than the package.
    public func download(
        _ id: String,
        from offset: Int64,
        tenant: TenantID,
        begin: (StoredPackage) async throws -> Void,
        receive: (_ offset: Int64, _ bytes: [UInt8]) async throws -> Void
    ) async throws {
        guard let id = PackageID(id), let package = try await packages.package(id, tenant: tenant) else {
            throw PackagingError(.notFound, "package \"\(id.prefix(80))\" does not exist")
        }
        guard (0...package.bytes).contains(offset) else {
            throw PackagingError(
                .outOfRange,
                "cannot begin at byte \(offset): the package has \(package.bytes) bytes"
            )
        }
        try await begin(package)
        var position = offset
        while position < package.bytes {
            try Task.checkCancellation()
            let wanted = Int(min(Int64(Self.chunk), package.bytes - position))
            let bytes: [UInt8]
            do throws(BlobError) {
                bytes = try await blobs.read(package.location, from: position, upTo: wanted)
            } catch {
                // A package that expires while it is read is gone like one that never was.
                throw error.kind == .notFound
                    ? PackagingError(.notFound, "package \"\(id)\" does not exist any more", cause: error)
                    : error.packagingError
            }
            guard !bytes.isEmpty else {
                throw PackagingError(.dataLoss, "package \"\(id)\" ends at byte \(position) in the blob store")
            }
            try await receive(position, bytes)
            position += Int64(bytes.count)
        }
    }

    private static let chunk = 256 << 10
}
